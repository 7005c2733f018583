#include "server/workers/pool_errors.h"

#include "absl/strings/str_cat.h"
#include "common/status.h"

namespace rsca::workers {

using absl::StatusCode;
using absl::StrCat;

std::string Clip(absl::string_view text, size_t bytes) {
  if (text.size() <= bytes) return std::string(text);
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80) --bytes;
  return absl::StrCat(text.substr(0, bytes), "...");
}

absl::Status PoolStopped(const std::string& pool, const std::string& reason,
                         absl::StatusCode code) {
  return MakeError(
      code, "POOL_STOPPED",
      StrCat("pool ", pool, " is stopped (", reason, "); `rsca pool start ", pool, "` starts it"),
      {{"pool", pool}});
}

absl::Status WorkerUnavailable(const std::string& pool, const std::string& why,
                               absl::Duration retry) {
  absl::Status status =
      MakeError(StatusCode::kUnavailable, "WORKER_UNAVAILABLE",
                StrCat("pool ", pool, " has no worker now: ", why), {{"pool", pool}});
  AddRetryInfo(&status, retry);
  return status;
}

absl::Status ActionUnavailable(const Function& function) {
  return MakeError(StatusCode::kFailedPrecondition, "PROTOCOL_MANAGER_NOT_LOADED",
                   StrCat("protocol manager ", function.protocol_manager, " of pool ",
                          function.pool, ", which has `", function.name, "`, could not be loaded: ",
                          Clip(function.unavailable_reason, kMessageBytes)),
                   {{"function", function.name},
                    {"pool", function.pool},
                    {"protocol_manager", function.protocol_manager}});
}

absl::Status ActionQuarantined(const std::string& pool, const QuarantinedFunction& function,
                               absl::Duration retry) {
  const std::string until =
      absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", function.until, absl::UTCTimeZone());
  absl::Status status =
      MakeError(StatusCode::kUnavailable, "ACTION_QUARANTINED",
                StrCat("`", function.function, "` is refused until ", until, ": ", function.deaths,
                       " workers of pool ", pool, " died with it"),
                {{"pool", pool}, {"function", function.function}, {"until", until}});
  AddRetryInfo(&status, retry);
  return status;
}

absl::Status WorkerNotFound(const std::string& worker) {
  return MakeError(StatusCode::kNotFound, "WORKER_NOT_FOUND",
                   StrCat("there is no worker `", worker, "`; it may have ended"),
                   {{"worker", worker}});
}

absl::Status PoolNotFound(const std::string& pool) {
  return MakeError(StatusCode::kNotFound, "POOL_NOT_FOUND", StrCat("there is no pool `", pool, "`"),
                   {{"pool", pool}});
}

absl::Status CallTakenBack() {
  return MakeError(StatusCode::kCancelled, "CALL_TAKEN_BACK",
                   "the call was taken back before a worker could take it");
}

absl::Status ListenerNotFound(uint32_t id) {
  return MakeError(absl::StatusCode::kNotFound, "LISTENER_NOT_FOUND",
                   absl::StrCat("there is no listener channel ", id),
                   {{"listener", absl::StrCat(id)}});
}

absl::Status ApplicationNotFound(const std::string& pool, const std::string& application) {
  return MakeError(absl::StatusCode::kNotFound, "APPLICATION_NOT_FOUND",
                   absl::StrCat("pool ", pool, " has no application `", application, "`"),
                   {{"pool", pool}, {"application", application}});
}

absl::Status TooManyPreloads(const std::string& pool, size_t allowed) {
  return MakeError(absl::StatusCode::kResourceExhausted, "LIMIT_EXCEEDED",
                   absl::StrCat("the protocol managers of pool ", pool, " have not answered ",
                                allowed, " preloads yet"),
                   {{"limit", "preloads"}, {"allowed", absl::StrCat(allowed)}});
}

}  // namespace rsca::workers
