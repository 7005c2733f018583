// What can be seen of pools and workers from outside, and their events.
#ifndef RSCA_SERVER_WORKERS_POOL_INFO_H_
#define RSCA_SERVER_WORKERS_POOL_INFO_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "server/workers/action_listener.h"

namespace rsca::workers {

enum class WorkerState {
  kStarting,   // its process runs; it is not ready yet
  kReady,      // takes calls
  kSuspended,  // stopped because it was idle; a call wakes it
  kReplacing,  // a new one takes the calls; it finishes what it has
  kStopping    // asked to shut down
};

// `READY`.
std::string_view WorkerStateName(WorkerState state);

// A worker at one moment.
struct WorkerInfo {
  std::string name;  // `{pool}-{number}`
  int pid = 0;
  WorkerState state = WorkerState::kStarting;
  absl::Time start_time;
  // Since its start.
  int64_t registrations = 0;  // begun
  int64_t runs = 0;           // begun
  int64_t results = 0;        // reported
  int conversations = 0;      // now
  // From the kernel, when they were last sampled; 0 before.
  absl::Duration cpu_time;
  uint64_t resident_bytes = 0;
  uint64_t private_bytes = 0;
  uint64_t virtual_bytes = 0;
  int descriptors = 0;
  int threads = 0;
  absl::Duration last_ping;  // how long the last answer took; zero before the first
};

enum class PoolState {
  kStarting,  // no worker was ready yet
  kRunning,   // takes calls (an idle pool, too: a call starts a worker)
  kHeldBack,  // its worker died; the next one starts after the back-off
  kStopping,  // its workers shut down
  kStopped    // by an administrator or by rapid-fail protection; see stop_reason
};

// `HELD_BACK`.
std::string_view PoolStateName(PoolState state);

// A worker that has ended.
struct WorkerEnd {
  std::string worker;
  WorkerExit exit;
  absl::Time end_time;
};

// An action that is refused for a while.
struct QuarantinedFunction {
  std::string function;
  int deaths = 0;
  absl::Time until;
};

// A pool at one moment.
struct PoolInfo {
  std::string name;
  PoolState state = PoolState::kStarting;
  std::string stop_reason;                            // of a stopped pool
  absl::Time held_back_until = absl::InfinitePast();  // unless no worker is held back
  uint32_t max_processes = 1;
  std::vector<std::string> protocol_managers;
  std::vector<std::string>
      load_failures;                 // protocol managers or functions that are missing, and why
  std::vector<WorkerInfo> workers;   // by age
  std::vector<WorkerEnd> last_ends;  // newest first; the last 20
  std::vector<QuarantinedFunction> quarantined;
  int recent_failures = 0;  // that rapid-fail protection counts now
  // Since the server's start.
  int64_t starts = 0;
  int64_t recycles = 0;
  int64_t failures = 0;
};

// Something that happened to a pool or a worker.
struct PoolEvent {
  enum class Kind {
    kWorkerStarted,
    kWorkerReady,
    kWorkerSuspended,
    kWorkerResumed,
    kWorkerReplacing,
    kWorkerEnded,  // see exit
    kPoolRunning,
    kPoolStopped,  // the detail says why
    kFunctionQuarantined,
    kFunctionReleased
  };
  uint64_t sequence = 0;  // 1, 2, 3, ... in the server, without gap
  absl::Time time;
  Kind kind = Kind::kWorkerStarted;
  std::string pool;
  std::string worker;    // empty for events of the pool
  std::string function;  // of a quarantine
  std::string detail;    // for people
  WorkerExit exit;       // of kWorkerEnded
};

// `WORKER_STARTED`.
std::string_view PoolEventKindName(PoolEvent::Kind kind);

}  // namespace rsca::workers

#endif  // RSCA_SERVER_WORKERS_POOL_INFO_H_
