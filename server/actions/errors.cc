#include "server/actions/errors.h"

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/hresult.h"
#include "common/status.h"
#include "server/workers/pool_errors.h"

namespace rsca::actions {
namespace {

// See Clip.
constexpr size_t kViolationBytes = 200;
constexpr size_t kViolations = 10;

}  // namespace

using absl::StatusCode;
using absl::StrCat;
using workers::Clip;
using workers::kMessageBytes;

absl::Status InvalidField(absl::string_view field, absl::string_view description) {
  absl::Status status =
      MakeError(StatusCode::kInvalidArgument, "INVALID_REQUEST", StrCat(field, ": ", description));
  AddFieldViolation(&status, field, description);
  return status;
}

absl::Status FieldTooLarge(absl::string_view field, absl::string_view limit, uint64_t is,
                           uint64_t allowed) {
  const std::string description = StrCat("has ", is, " bytes; limits.", limit, " allows ", allowed);
  absl::Status status =
      MakeError(StatusCode::kInvalidArgument, "INVALID_REQUEST", StrCat(field, " ", description),
                {{"limit", std::string(limit)}, {"allowed", StrCat(allowed)}});
  AddFieldViolation(&status, field, description);
  return status;
}

absl::Status ActionNotFound(absl::string_view function, const std::vector<std::string>& gaps) {
  const std::string missing =
      gaps.empty() ? "" : Clip(StrCat("; but ", absl::StrJoin(gaps, "; ")), kMessageBytes);
  return MakeError(StatusCode::kNotFound, "ACTION_NOT_FOUND",
                   StrCat("there is no custom action `", function,
                          "` here; ListCustomActions names them all", missing),
                   {{"function", std::string(function)}});
}

absl::Status ActionAnswersOnce(absl::string_view function) {
  return MakeError(StatusCode::kFailedPrecondition, "ANSWERS_ONCE",
                   StrCat("`", function, "` answers once: call RunCustomAction"),
                   {{"function", std::string(function)}});
}

absl::Status ActionAnswersMany(absl::string_view function) {
  return MakeError(StatusCode::kFailedPrecondition, "ANSWERS_MANY",
                   StrCat("`", function, "` answers many times: call RegisterCustomAction"),
                   {{"function", std::string(function)}});
}

absl::Status RegistrationNotFound(absl::string_view name) {
  return MakeError(StatusCode::kNotFound, "REGISTRATION_NOT_FOUND",
                   StrCat("there is no registration `", name,
                          "`; it may have ended and been forgotten, or the server was restarted"),
                   {{"registration", std::string(name)}});
}

absl::Status NoRegistrationOfFunction(absl::string_view function) {
  return MakeError(StatusCode::kNotFound, "REGISTRATION_NOT_FOUND",
                   StrCat("you have no registration of `", function, "`"),
                   {{"function", std::string(function)}});
}

absl::Status RequestIdInUse(absl::string_view request_id, absl::string_view name) {
  return MakeError(StatusCode::kAlreadyExists, "REQUEST_ID_IN_USE",
                   StrCat("request_id ", request_id, " made ", name,
                          " with another function, other arguments or another `durable`"),
                   {{"registration", std::string(name)}});
}

absl::Status LimitExceeded(absl::string_view limit, uint64_t allowed, absl::string_view what) {
  return MakeError(StatusCode::kResourceExhausted, "LIMIT_EXCEEDED",
                   StrCat(what, ": limits.", limit, " allows ", allowed),
                   {{"limit", std::string(limit)}, {"allowed", StrCat(allowed)}});
}

absl::Status ServerIsDraining() {
  return MakeError(StatusCode::kUnavailable, "SERVER_DRAINING", "the server is shutting down");
}

absl::Status JournalUnavailable(const absl::Status& why) {
  constexpr absl::Duration kRetryAfter = absl::Seconds(5);
  absl::Status status =
      MakeError(absl::StatusCode::kUnavailable, "JOURNAL_UNAVAILABLE",
                absl::StrCat("the journal takes nothing at present: ", why.message()));
  AddRetryInfo(&status, kRetryAfter);
  return status;
}

absl::Status PluginTimeout(absl::string_view function, absl::string_view call,
                           absl::Duration limit) {
  return MakeError(StatusCode::kDeadlineExceeded, "PLUGIN_TIMEOUT",
                   StrCat("the plug-in of `", function, "` did not answer the ", call,
                          " call within ", absl::FormatDuration(limit)),
                   {{"function", std::string(function)}});
}

absl::Status NoResponse(absl::string_view function) {
  return MakeError(StatusCode::kAborted, "NO_RESPONSE",
                   StrCat("the plug-in of `", function, "` dropped the call without a response"),
                   {{"function", std::string(function)}});
}

absl::Status WorkerCrashed(const workers::WorkerExit& exit) {
  std::map<std::string, std::string> metadata = {{"pid", StrCat(exit.pid)}};
  if (exit.signal > 0) {
    metadata["signal"] = StrCat(exit.signal);
  } else {
    metadata["exit_status"] = StrCat(exit.exit_status);
  }
  return MakeError(StatusCode::kInternal, "WORKER_CRASHED",
                   StrCat("the worker process ", workers::DescribeExit(exit), " in the call"),
                   metadata);
}

absl::Status FromRefusal(absl::string_view function, const workers::Refusal& refusal) {
  if (refusal.kind == workers::Refusal::Kind::kWorkerDied) return WorkerCrashed(refusal.exit);
  if (refusal.kind == workers::Refusal::Kind::kNoWorker) return refusal.status;
  const bool by_schema = !refusal.violations.empty();
  const std::string message =
      refusal.message.empty()
          ? StrCat("the plug-in of `", function, "` refused: ", HresultText(refusal.hresult))
          : Clip(refusal.message, kMessageBytes);
  absl::Status status = MakeError(
      HresultToCode(refusal.hresult), by_schema ? "INVALID_ARGUMENTS" : "PLUGIN_REFUSED", message,
      {{"function", std::string(function)}, {"hresult", HresultHex(refusal.hresult)}});
  for (size_t i = 0; i < std::min(refusal.violations.size(), kViolations); ++i) {
    const auto& [field, description] = refusal.violations[i];
    AddFieldViolation(&status, Clip(field, kViolationBytes), Clip(description, kViolationBytes));
  }
  return status;
}

}  // namespace rsca::actions
