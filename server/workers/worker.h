// One worker process from the server's side: its conversations, its link, its end.
#ifndef RSCA_SERVER_WORKERS_WORKER_H_
#define RSCA_SERVER_WORKERS_WORKER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "absl/status/statusor.h"
#include "common/mutex.h"
#include "server/workers/action_listener.h"
#include "server/workers/outbox.h"

namespace rsca::workers {

class Worker;

// Whoever started the worker. Called without locks of the worker, on its link's threads or the exit
// watcher's.
class WorkerOwner {
 public:
  virtual ~WorkerOwner() = default;
  // It can take conversations now. Once at most.
  virtual void OnWorkerReady(Worker* worker, const worker::v1::Ready& ready) = 0;
  // It cannot be talked to any more; its process may still run.
  virtual void OnWorkerLinkLost(Worker* worker) = 0;
  // It has ended and all its conversations were told. Once, last.
  virtual void OnWorkerGone(Worker* worker, const WorkerExit& exit) = 0;
};

// Thread-safe. A worker is gone when its process was reaped *and* both its streams were read to
// their end, so no result that it sent is lost with it.
class Worker final : public std::enable_shared_from_this<Worker> {
 public:
  Worker(std::string name, std::string secret, std::weak_ptr<WorkerOwner> owner);
  ~Worker();

  const std::string& name() const { return name_; }
  const std::string& secret() const { return secret_; }
  int pid() const;

  // The process runs. Takes the pidfd over.
  void SetProcess(int pid, int pidfd);

  // UNAVAILABLE when the worker is not ready or not any more.
  absl::StatusOr<std::unique_ptr<ActionHandle>> Start(const StartRequest& request,
                                                      std::shared_ptr<ActionListener> listener);

  // Asks the worker to shut its protocol managers down and exit.
  void Shutdown(bool immediate);
  void Signal(int signal);

  // For the link.
  ControlOutbox* control_outbox() { return &control_outbox_; }
  CreditOutbox* credit_outbox() { return &credit_outbox_; }
  // False when there is such a stream already, or the worker is gone.
  bool OnControlOpened();
  bool OnResultsOpened();
  void OnControl(const worker::v1::ControlRequest& message);
  void OnResults(worker::v1::ResultsRequest* message);
  void OnControlClosed();
  void OnResultsClosed();

  // For the exit watcher.
  void OnExited(const WorkerExit& exit);

 private:
  class Handle;

  struct Channel {
    std::shared_ptr<ActionListener> listener;
    bool started = false;
    bool ended = false;
  };

  struct Link {
    bool opened = false;
    bool closed = false;
    bool Over() const { return closed || !opened; }
  };

  void Stop(uint64_t channel, bool discard);
  void OnStarted(const worker::v1::Started& started);
  void Deliver(uint64_t channel, std::vector<Report> reports);
  void DeliverEnd(uint64_t channel, const worker::v1::Ended& ended);
  void TellReady();
  void BuryIfDead();

  const std::string name_;
  const std::string secret_;
  const std::weak_ptr<WorkerOwner> owner_;
  ControlOutbox control_outbox_;
  CreditOutbox credit_outbox_;

  mutable Mutex mutex_;
  int pid_ ABSL_GUARDED_BY(mutex_) = 0;
  int pidfd_ ABSL_GUARDED_BY(mutex_) = -1;
  Link control_ ABSL_GUARDED_BY(mutex_);
  Link results_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<worker::v1::Ready> ready_ ABSL_GUARDED_BY(mutex_);  // until the owner was told
  bool accepting_ ABSL_GUARDED_BY(mutex_) = false;
  bool shutdown_asked_ ABSL_GUARDED_BY(mutex_) = false;
  bool buried_ ABSL_GUARDED_BY(mutex_) = false;
  std::unique_ptr<WorkerExit> exit_ ABSL_GUARDED_BY(mutex_);
  uint64_t last_channel_ ABSL_GUARDED_BY(mutex_) = 0;
  std::unordered_map<uint64_t, Channel> channels_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace rsca::workers

#endif  // RSCA_SERVER_WORKERS_WORKER_H_
