#include <cstring>

#include "absl/strings/str_cat.h"
#include "server/workers/action_listener.h"

namespace rsca::workers {
namespace {

// What the process made of it.
std::string DescribeEnd(const WorkerExit& exit) {
  if (exit.signal > 0) {
    return absl::StrCat("was killed by signal ", exit.signal, " (", strsignal(exit.signal), ")");
  }
  return absl::StrCat("exited with status ", exit.exit_status);
}

// What the server decided; empty if it decided nothing.
absl::string_view DescribeReason(ExitReason reason) {
  switch (reason) {
    case ExitReason::kExited:
    case ExitReason::kSignalled:
      return "";
    case ExitReason::kStopped:
      return "was stopped";
    case ExitReason::kIdle:
      return "was idle";
    case ExitReason::kRecycled:
      return "was recycled";
    case ExitReason::kStartupTimeLimit:
      return "was not ready in time";
    case ExitReason::kShutdownTimeLimit:
      return "did not shut down in time";
    case ExitReason::kPingMissed:
      return "did not answer a ping in time";
    case ExitReason::kLimitPassed:
      return "passed a limit";
    case ExitReason::kFailed:
      return "was failed by a plug-in";
    case ExitReason::kLinkLost:
      return "lost its connection to the server";
    case ExitReason::kNotStarted:
      return "could not be started";
    case ExitReason::kServerEnded:
      return "ended with its server";
  }
  return "";
}

}  // namespace

std::string_view ExitReasonName(ExitReason reason) {
  static constexpr std::string_view kNames[] = {"EXITED",
                                                "SIGNALLED",
                                                "STOPPED",
                                                "IDLE",
                                                "RECYCLED",
                                                "STARTUP_TIME_LIMIT",
                                                "SHUTDOWN_TIME_LIMIT",
                                                "PING_MISSED",
                                                "LIMIT_PASSED",
                                                "FAILED",
                                                "LINK_LOST",
                                                "NOT_STARTED",
                                                "SERVER_ENDED"};
  return kNames[static_cast<size_t>(reason)];
}

std::string DescribeExit(const WorkerExit& exit) {
  const absl::string_view reason = DescribeReason(exit.reason);
  const bool clean = exit.signal == 0 && exit.exit_status == 0;
  switch (exit.reason) {
    case ExitReason::kStopped:
    case ExitReason::kIdle:
    case ExitReason::kRecycled:
    case ExitReason::kNotStarted:
    case ExitReason::kServerEnded: {
      // `was idle for 20m`.
      const absl::string_view joint = exit.reason == ExitReason::kIdle ? " " : ": ";
      const std::string detail = exit.detail.empty() ? "" : absl::StrCat(joint, exit.detail);
      return absl::StrCat(reason, detail, clean ? "" : absl::StrCat("; it ", DescribeEnd(exit)));
    }
    default:
      break;
  }
  const std::string detail = exit.detail.empty() ? "" : absl::StrCat(" (", exit.detail, ")");
  return reason.empty() ? absl::StrCat(DescribeEnd(exit), detail)
                        : absl::StrCat(reason, detail, " and ", DescribeEnd(exit));
}

}  // namespace rsca::workers
