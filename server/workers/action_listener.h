// Conversations with plug-ins, as the part that asks for them sees them. A conversation (a channel,
// on the wire) is one registration or one run on one worker.
#ifndef RSCA_SERVER_WORKERS_ACTION_LISTENER_H_
#define RSCA_SERVER_WORKERS_ACTION_LISTENER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

namespace rsca::workers {

// How a worker process ended.
struct WorkerExit {
  int pid = 0;
  int exit_status = 0;
  int signal = 0;  // above 0: it ended by this signal, and exit_status means nothing
};

// `exited with status 3`, `was killed by signal 11 (Segmentation fault)`.
std::string DescribeExit(const WorkerExit& exit);

// One ReportResult.
struct Report {
  int32_t hr_status = 0;
  bool final = false;
  std::string response;
  absl::Time report_time;
};

// Why a conversation did not begin.
struct Refusal {
  enum class Kind {
    kPlugin,      // the plug-in, or the worker in its place, by `hresult`
    kWorkerDied,  // in the call; see `exit`
  };
  Kind kind = Kind::kPlugin;
  int32_t hresult = 0;
  std::string message;
  // Arguments that the schema refuses: path and description.
  std::vector<std::pair<std::string, std::string>> violations;
  WorkerExit exit;
};

// Why a conversation ended without a final report.
struct End {
  enum class Kind {
    kUnregistered,  // the plug-in's unregister call returned `hresult`
    kDropped,       // the plug-in released its callback
    kResultsLost,   // a shared registration lost a result for this reader
    kWorkerDied,    // see `exit`
    kWorkerStopped  // the worker was asked to shut down, and did
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
};

// The other direction. Thread-safe; calls after the end do nothing. Does not block.
class ActionHandle {
 public:
  virtual ~ActionHandle() = default;

  // Asks the plug-in to unregister. `discard`: nobody reads any more.
  virtual void Stop(bool discard) = 0;

  // Lets the plug-in report more.
  virtual void Grant(uint64_t bytes) = 0;
};

// Begin a conversation.
struct StartRequest {
  std::string function;
  std::string arguments;
  bool run_once = false;
  uint64_t credit_bytes = 0;
};

// Where conversations begin. Thread-safe.
class ActionStarter {
 public:
  virtual ~ActionStarter() = default;

  // In the named pool. UNAVAILABLE (WORKER_UNAVAILABLE, with RetryInfo) without a ready worker;
  // then the listener hears nothing.
  virtual absl::StatusOr<std::unique_ptr<ActionHandle>> Start(
      const std::string& pool, const StartRequest& request,
      std::shared_ptr<ActionListener> listener) = 0;
};

}  // namespace rsca::workers

#endif  // RSCA_SERVER_WORKERS_ACTION_LISTENER_H_
