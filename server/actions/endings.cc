#include "server/actions/endings.h"

#include "absl/strings/str_cat.h"
#include "common/hresult.h"

namespace rsca::actions {
namespace {

using workers::End;

std::string WorkerEnd(const workers::WorkerExit& exit) {
  return absl::StrCat("the worker process ", workers::DescribeExit(exit));
}

// A plug-in may give up because it could not report: its user is to learn why.
std::string Abandonment(const End& end) {
  std::string text = "the plug-in dropped its callback without a final result";
  if (end.kind == End::Kind::kDropped && !HrSucceeded(end.hresult)) {
    absl::StrAppend(&text, ", after its latest report was refused with ", HresultText(end.hresult));
  }
  return text;
}

}  // namespace

Ending EndingBy(const workers::Report& report) {
  if (HrSucceeded(report.hr_status)) {
    return {{Outcome::Kind::kCompleted, "the plug-in reported its final result", std::nullopt},
            report.hr_status};
  }
  return {{Outcome::Kind::kFailed,
           absl::StrCat("the plug-in reported ", HresultText(report.hr_status)), std::nullopt},
          report.hr_status};
}

Ending EndingBy(const End& end) {
  switch (end.kind) {
    case End::Kind::kUnregistered:
    case End::Kind::kDropped:
      return {{Outcome::Kind::kAbandoned, Abandonment(end), std::nullopt}, kHrUnexpected};
    case End::Kind::kResultsLost:
      return {{Outcome::Kind::kResultsLost,
               "a result could not be kept because the streams did not read in time", std::nullopt},
              kHrDataLost};
    case End::Kind::kWorkerDied:
      return {{Outcome::Kind::kWorkerCrashed, WorkerEnd(end.exit), end.exit}, kHrProcessAborted};
    case End::Kind::kWorkerRecycled:
      return {{Outcome::Kind::kWorkerRecycled, WorkerEnd(end.exit), end.exit}, kHrShuttingDown};
  }
  return {};
}

Ending EndingByFailedRestart(const End& cause, absl::string_view why) {
  Ending ending = EndingBy(cause);
  ending.outcome.message = absl::StrCat(
      RestartReason(cause), ", and the action could not begin again: ", std::string(why));
  return ending;
}

std::string RestartReason(const End& cause) {
  if (cause.kind != End::Kind::kDropped) return WorkerEnd(cause.exit);
  return absl::StrCat("the journal took no results, and the plug-in dropped its callback: ",
                      cause.exit.detail);
}

}  // namespace rsca::actions
