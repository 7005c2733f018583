#include "server/actions/types.h"

namespace rsca::actions {

absl::string_view StateName(State state) {
  switch (state) {
    case State::kRegistering:
      return "REGISTERING";
    case State::kActive:
      return "ACTIVE";
    case State::kMoving:
      return "MOVING";
    case State::kRestarting:
      return "RESTARTING";
    case State::kUnregistering:
      return "UNREGISTERING";
    case State::kEnded:
      return "ENDED";
  }
  return "?";
}

absl::string_view OutcomeName(Outcome::Kind kind) {
  static constexpr absl::string_view kNames[] = {
      "COMPLETED",      "FAILED",          "UNREGISTERED", "TIMED_OUT",      "CANCELLED",
      "WORKER_CRASHED", "WORKER_RECYCLED", "ABANDONED",    "ACCESS_REVOKED", "RESULTS_LOST"};
  return kNames[static_cast<size_t>(kind)];
}

}  // namespace rsca::actions
