#include "server/workers/pool_info.h"

namespace rsca::workers {

std::string_view WorkerStateName(WorkerState state) {
  static constexpr std::string_view kNames[] = {"STARTING", "READY", "SUSPENDED", "REPLACING",
                                                "STOPPING"};
  return kNames[static_cast<size_t>(state)];
}

std::string_view PoolStateName(PoolState state) {
  static constexpr std::string_view kNames[] = {"STARTING", "RUNNING", "HELD_BACK", "STOPPING",
                                                "STOPPED"};
  return kNames[static_cast<size_t>(state)];
}

std::string_view PoolEventKindName(PoolEvent::Kind kind) {
  static constexpr std::string_view kNames[] = {
      "WORKER_STARTED",       "WORKER_READY",     "WORKER_SUSPENDED", "WORKER_RESUMED",
      "WORKER_REPLACING",     "WORKER_ENDED",     "POOL_RUNNING",     "POOL_STOPPED",
      "FUNCTION_QUARANTINED", "FUNCTION_RELEASED"};
  return kNames[static_cast<size_t>(kind)];
}

}  // namespace rsca::workers
