// One worker process from the server's side: its conversations, its link, its end.
#ifndef RSCA_SERVER_WORKERS_WORKER_H_
#define RSCA_SERVER_WORKERS_WORKER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/mutex.h"
#include "common/report_frame.h"
#include "server/workers/action_listener.h"
#include "server/workers/outbox.h"
#include "server/workers/process_handle.h"

namespace rsca::workers {

class Worker;

// Whoever started the worker. Called without locks of the worker, on its link's threads or the exit
// watcher's.
class WorkerOwner {
 public:
  virtual ~WorkerOwner() = default;
  // It can take conversations now. Once at most.
  virtual void OnWorkerReady(Worker* worker, const worker::v1::Ready& ready) = 0;
  // What it says beside conversations: pongs, requests, listener channels and so on.
  virtual void OnWorkerMessage(Worker* worker, const worker::v1::ControlRequest& message) = 0;
  // Its last conversation or listener channel has ended.
  virtual void OnWorkerQuiet(Worker* worker) = 0;
  // It cannot be talked to any more; its process may still run.
  virtual void OnWorkerLinkLost(Worker* worker) = 0;
  // Its process has ended and what it sent was read. Its conversations are told after that.
  // `suspects`: functions whose calls were under way, or else those that had conversations.
  virtual void OnWorkerEnded(Worker* worker, const WorkerExit& exit,
                             const std::vector<std::string>& suspects) = 0;
  // All its conversations were told. Once, last.
  virtual void OnWorkerGone(Worker* worker) = 0;
};

// What a worker has done since its start.
struct WorkerCounts {
  int64_t registrations = 0;
  int64_t runs = 0;
  int64_t results = 0;
  int64_t requests = 0;   // registrations and runs that clients asked for
  int conversations = 0;  // now
  int listeners = 0;      // listener channels now

  bool busy() const { return conversations > 0 || listeners > 0; }
  int64_t begun() const { return registrations + runs; }
};

// Thread-safe. A worker has ended when its process was reaped *and* its control socket and its
// results socket were read to their end, so no result that it sent is lost with it.
class Worker final : public std::enable_shared_from_this<Worker> {
 public:
  // `recycled`: it is to take the place of another.
  Worker(std::string name, std::weak_ptr<WorkerOwner> owner, bool recycled = false);

  const std::string& name() const { return name_; }
  bool recycled() const { return recycled_; }
  // 0 before there is a process.
  int pid() const;
  WorkerCounts counts() const;

  // The process runs.
  void SetProcess(std::unique_ptr<ProcessHandle> process);
  // Null before that. As long-lived as the worker.
  ProcessHandle* process() const;

  // UNAVAILABLE when the worker is not ready or not any more.
  absl::StatusOr<std::unique_ptr<ActionHandle>> Start(const StartRequest& request,
                                                      std::shared_ptr<ActionListener> listener);

  // Queues a message that begins no conversation.
  void Send(worker::v1::ControlResponse message);

  // Tells all conversations, now or when they have started, that a new worker takes over.
  void TellReplaced(const std::string& why);

  // Asks the worker to shut its protocol managers down and exit.
  void Shutdown(bool immediate);

  // SIGKILL, also for a process that is only being started.
  void Kill();
  void Signal(int signal);

  // Records why it ends before it does. The first decision counts; but one that was asked to end
  // and has to be killed has passed its time.
  void Decide(ExitReason reason, const std::string& detail);

  // For the link.
  ControlOutbox* control_outbox() { return &control_outbox_; }
  CreditOutbox* credit_outbox() { return &credit_outbox_; }
  // It cannot limit itself as its pool is configured, and exits.
  void OnNotConfined(const std::string& why);
  void OnControlOpened();
  // Credits leave to this socket; -1: to none yet.
  void OnResultsOpened(int socket = -1);
  void OnControl(const worker::v1::ControlRequest& message);
  // Called by one thread.
  void OnResults(absl::Span<const ReportFrame> reports);
  void OnControlClosed();
  void OnResultsClosed();

  // Of the process: how it ended.
  void OnExited(const WorkerExit& exit);

 private:
  class Handle;

  struct Channel {
    std::string function;
    std::shared_ptr<ActionListener> listener;
    bool started = false;
    bool ended = false;
    bool stopping = false;
    bool told_replaced = false;
  };
  using Channels = std::unordered_map<uint64_t, Channel>;

  struct Link {
    bool opened = false;
    bool closed = false;
    bool Over() const { return closed || !opened; }
  };

  struct Decision {
    ExitReason reason;
    std::string detail;
  };

  void Stop(uint64_t channel, bool discard);
  void OnStarted(const worker::v1::Started& started);
  void OnListenerEvent(const worker::v1::ListenerEvent& event);
  void Deliver(uint64_t channel, std::vector<Report>* reports);
  void DeliverEnd(const ReportFrame& report);
  void TellReady();
  void OnLinkClosed();
  void BuryIfDead();
  static std::vector<std::string> Suspects(const Channels& channels);
  void SetReason(WorkerExit* exit) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Why it was asked to shut down, as far as it is known before its end; null if it was not.
  std::shared_ptr<const WorkerExit> WhyItShutsDown() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // True when that was the last conversation.
  bool Erase(Channels::iterator channel) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TellQuiet(bool quiet);

  const std::string name_;
  const std::weak_ptr<WorkerOwner> owner_;
  const bool recycled_;
  ControlOutbox control_outbox_;
  CreditOutbox credit_outbox_;

  mutable Mutex mutex_;
  std::unique_ptr<ProcessHandle> process_ ABSL_GUARDED_BY(mutex_);
  bool kill_asked_ ABSL_GUARDED_BY(mutex_) = false;
  Link control_ ABSL_GUARDED_BY(mutex_);
  Link results_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<worker::v1::Ready> ready_ ABSL_GUARDED_BY(mutex_);  // until the owner was told
  bool accepting_ ABSL_GUARDED_BY(mutex_) = false;
  bool shutdown_asked_ ABSL_GUARDED_BY(mutex_) = false;
  bool buried_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<std::string> replaced_why_ ABSL_GUARDED_BY(mutex_);
  std::optional<Decision> decision_ ABSL_GUARDED_BY(mutex_);
  std::string not_confined_why_ ABSL_GUARDED_BY(mutex_);
  std::optional<WorkerExit> exit_ ABSL_GUARDED_BY(mutex_);
  uint64_t last_channel_ ABSL_GUARDED_BY(mutex_) = 0;
  Channels channels_ ABSL_GUARDED_BY(mutex_);
  std::unordered_set<uint32_t> listeners_ ABSL_GUARDED_BY(mutex_);
  WorkerCounts counts_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace rsca::workers

#endif  // RSCA_SERVER_WORKERS_WORKER_H_
