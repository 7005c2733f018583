// Conversations with plug-ins, as the part that asks for them sees them. A conversation (a channel,
// on the wire) is one registration or one run on one worker.
#ifndef RSCA_SERVER_WORKERS_ACTION_LISTENER_H_
#define RSCA_SERVER_WORKERS_ACTION_LISTENER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

namespace rsca::workers {

// Why a worker process ended: the one reason that is recorded. What the server decided counts
// before what the process made of it.
enum class ExitReason {
  kExited,             // by itself; see exit_status
  kSignalled,          // by a signal that the server did not send
  kStopped,            // it was asked to: the pool stops, or the server
  kIdle,               // idle for `idle_timeout`
  kRecycled,           // replaced; the detail says why
  kStartupTimeLimit,   // not ready in time
  kShutdownTimeLimit,  // asked to stop, and did not in time
  kPingMissed,         // did not answer within `ping_response_time`
  kLimitPassed,        // the detail says which, and its value
  kFailed,             // one of its plug-ins failed it; the detail has HRESULT and reason
  kLinkLost,           // it could not be talked to any more
  kNotStarted,         // the process could not be started; the detail says why
  kServerEnded         // with a server that ended without notice, as the next one finds
};

// `PING_MISSED`.
std::string_view ExitReasonName(ExitReason reason);

// How a worker process ended.
struct WorkerExit {
  int pid = 0;
  int exit_status = 0;
  int signal = 0;  // above 0: it ended by this signal, and exit_status means nothing
  ExitReason reason = ExitReason::kExited;
  std::string detail;  // for people; empty where the reason says it all
};

// `exited with status 3`, `was killed by signal 11 (Segmentation fault)`, `did not answer a ping in
// time (limit 1m30s) and was killed by signal 9 (Killed)`.
std::string DescribeExit(const WorkerExit& exit);

// One ReportResult.
struct Report {
  int32_t hr_status = 0;
  bool final = false;
  absl::string_view response;  // valid during the call that brings it
  absl::Time report_time;
  // Of a final report made after its worker was asked to shut down: why it was.
  std::shared_ptr<const WorkerExit> shutdown = nullptr;
};

// Why a conversation did not begin.
struct Refusal {
  enum class Kind {
    kPlugin,         // the plug-in, or the worker in its place, by `hresult`
    kWorkerDied,     // in the call; see `exit`
    kWorkerLeaving,  // it had been asked to shut down; another one may take the call
    kNoWorker        // none came to take it, or it was taken back; see `status`
  };
  Kind kind = Kind::kPlugin;
  int32_t hresult = 0;
  std::string message;
  // Arguments that the schema refuses: path and description.
  std::vector<std::pair<std::string, std::string>> violations;
  WorkerExit exit;
  absl::Status status;  // as ActionStarter::Start would have returned it
};

// Why a conversation ended without a final report.
struct End {
  enum class Kind {
    kUnregistered,   // the plug-in's unregister call returned `hresult`
    kDropped,        // the plug-in released its callback; its latest report got `hresult`
    kResultsLost,    // a shared registration lost a result for this reader
    kWorkerDied,     // see `exit`
    kWorkerRecycled  // its worker was shut down in good order; `exit.reason` says why
  };
  Kind kind = Kind::kDropped;
  int32_t hresult = 0;
  WorkerExit exit;
};

// Called on threads of the worker's link, without locks, never two calls at once from the same
// thread of events: OnStarted or OnRefused comes once; reports come in order and may come before
// OnStarted; after OnRefused nothing comes; after a final report or OnEnded no report comes.
// OnStarted may still follow those two. Must not block.
class ActionListener {
 public:
  virtual ~ActionListener() = default;
  virtual void OnStarted() = 0;
  virtual void OnRefused(const Refusal& refusal) = 0;
  virtual void OnReports(absl::Span<Report> reports) = 0;
  virtual void OnEnded(const End& end) = 0;

  // The worker is about to be replaced, and a new one is ready: a conversation that can be begun
  // again elsewhere should be stopped here now. Others go on until the worker's shutdown ends them.
  // At most once, after OnStarted.
  virtual void OnWorkerReplaced(const std::string& why) = 0;
};

// The other direction. Thread-safe; calls after the end do nothing. Does not block.
class ActionHandle {
 public:
  virtual ~ActionHandle() = default;

  // Asks the plug-in to unregister. `discard`: nobody reads any more.
  virtual void Stop(bool discard) = 0;

  // Lets the plug-in report more.
  virtual void Grant(uint64_t bytes) = 0;

  // ReportResult of the plug-in fails with this negative HRESULT at once, from now until this is
  // called with 0. What was reported already still comes.
  virtual void RefuseReports(int32_t hresult) = 0;
};

// Begin a conversation.
struct StartRequest {
  std::string function;
  std::string arguments;
  bool run_once = false;
  uint64_t credit_bytes = 0;
  bool again = false;  // no client asked for it: it was begun before, on another worker
};

// Where conversations begin. Thread-safe.
class ActionStarter {
 public:
  virtual ~ActionStarter() = default;

  // In the named pool. While its worker is starting or has to be brought back (idle, suspended) the
  // call waits for it; Stop on the handle takes it back. The listener hears nothing where this
  // fails. Call it without locks: it may call other listeners. UNAVAILABLE, all with the pool's
  // name in their metadata: WORKER_UNAVAILABLE (with RetryInfo) while it is held back after a
  // failure; POOL_STOPPED; ACTION_QUARANTINED (with RetryInfo, metadata `function` and `until`).
  // FAILED_PRECONDITION: PROTOCOL_MANAGER_NOT_LOADED.
  virtual absl::StatusOr<std::unique_ptr<ActionHandle>> Start(
      const std::string& pool, const StartRequest& request,
      std::shared_ptr<ActionListener> listener) = 0;
};

}  // namespace rsca::workers

#endif  // RSCA_SERVER_WORKERS_ACTION_LISTENER_H_
