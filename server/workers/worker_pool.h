// A pool: keeps one worker process running, and remembers what it offers.
#ifndef RSCA_SERVER_WORKERS_WORKER_POOL_H_
#define RSCA_SERVER_WORKERS_WORKER_POOL_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/mutex.h"
#include "common/timers.h"
#include "server/workers/exit_watcher.h"
#include "server/workers/pool_info.h"
#include "server/workers/pool_options.h"
#include "server/workers/worker.h"
#include "server/workers/worker_launcher.h"
#include "server/workers/worker_link.h"

namespace rsca::workers {

// Told when a pool can or cannot take calls. Called without locks; must not block.
class PoolListener {
 public:
  virtual ~PoolListener() = default;
  virtual void OnPoolHealth(const std::string& pool, bool serving) = 0;
};

// Thread-safe.
class WorkerPool final : public WorkerOwner, public std::enable_shared_from_this<WorkerPool> {
 public:
  // All pointers outlive the pool.
  WorkerPool(PoolOptions options, WorkerOptions worker_options, WorkerLink* link,
             WorkerLauncher* launcher, ExitWatcher* exits, Timers* timers, PoolListener* listener);

  const std::string& name() const { return options_.name; }

  // Starts the first worker. Once.
  void Open();

  // Waits until the first worker is ready or has ended. False when that took longer.
  bool WaitForFirstWorker(absl::Duration limit);

  // What the pool offers; of a pool without a worker, what the last one offered.
  std::vector<Function> functions() const;
  std::optional<Function> FindFunction(const std::string& name) const;

  // Begins a conversation. UNAVAILABLE (WORKER_UNAVAILABLE, with RetryInfo) without a ready worker.
  absl::StatusOr<std::unique_ptr<ActionHandle>> Start(const StartRequest& request,
                                                      std::shared_ptr<ActionListener> listener);

  PoolInfo Info() const;
  void StartAgain();
  void Stop(const std::string& why);
  absl::Status Recycle(const std::string& why);
  bool HasWorker(const std::string& worker) const;
  absl::Status RecycleWorker(const std::string& worker, const std::string& why);

  // No worker is started any more; the one that runs is asked to exit.
  void Close();

  // After Close: waits for the worker to be gone. False when that took longer.
  bool WaitUntilGone(absl::Duration limit);

  // After Close: pushes the worker.
  void ShutdownNow();
  void Kill();

  void OnWorkerReady(Worker* worker, const worker::v1::Ready& ready) override;
  void OnWorkerLinkLost(Worker* worker) override;
  void OnWorkerGone(Worker* worker, const WorkerExit& exit) override;

 private:
  void Launch();
  absl::Status StartProcess(const std::shared_ptr<Worker>& worker);
  worker::v1::Bootstrap MakeBootstrap(const Worker& worker) const;
  void OnStartupTimeLimit(const std::weak_ptr<Worker>& weak);
  void ScheduleLaunch();
  std::shared_ptr<Worker> current() const;

  const PoolOptions options_;
  const WorkerOptions worker_options_;
  WorkerLink* const link_;
  WorkerLauncher* const launcher_;
  ExitWatcher* const exits_;
  Timers* const timers_;
  PoolListener* const listener_;

  mutable Mutex mutex_;
  CondVar changed_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::string stop_reason_ ABSL_GUARDED_BY(mutex_);
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  bool ready_ ABSL_GUARDED_BY(mutex_) = false;
  bool tried_ ABSL_GUARDED_BY(mutex_) = false;  // the first worker was ready or has ended
  int launches_ ABSL_GUARDED_BY(mutex_) = 0;
  int deaths_in_row_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Duration ready_since_ ABSL_GUARDED_BY(mutex_);
  absl::Duration backoff_ ABSL_GUARDED_BY(mutex_);
  Timers::Id startup_timer_ ABSL_GUARDED_BY(mutex_) = 0;
  std::shared_ptr<Worker> worker_ ABSL_GUARDED_BY(mutex_);
  std::vector<Function> functions_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace rsca::workers

#endif  // RSCA_SERVER_WORKERS_WORKER_POOL_H_
