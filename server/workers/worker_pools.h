// All worker pools of the server, and what they share.
#ifndef RSCA_SERVER_WORKERS_WORKER_POOLS_H_
#define RSCA_SERVER_WORKERS_WORKER_POOLS_H_

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/timers.h"
#include "server/workers/exit_watcher.h"
#include "server/workers/pool_events.h"
#include "server/workers/process_starter.h"
#include "server/workers/worker_pool.h"
#include "server/workers/worker_sockets.h"

namespace rsca::workers {

// Thread-safe.
class WorkerPools final : public ActionStarter {
 public:
  // Starts a worker in each pool. Timers and listener outlive it.
  WorkerPools(const std::vector<PoolOptions>& pools, const WorkerOptions& worker_options,
              Timers* timers, PoolListener* listener);

  // Kills the workers that are left and waits for them.
  ~WorkerPools() override;

  // Waits until each pool's first worker is ready or has ended, within the limit.
  void WaitForFirstWorkers(absl::Duration limit);

  // All functions, by name; of those with one name the first one, in the order of the pools, whose
  // protocol manager could be loaded.
  std::vector<Function> functions() const;
  std::optional<Function> FindFunction(const std::string& name) const;
  // Why there may be more functions than those, for people: what could not be loaded, or has not
  // been yet.
  std::vector<std::string> gaps() const;

  absl::StatusOr<std::unique_ptr<ActionHandle>> Start(
      const std::string& pool, const StartRequest& request,
      std::shared_ptr<ActionListener> listener) override;

  // What can be seen of the pools, in the order of the configuration. NOT_FOUND: POOL_NOT_FOUND.
  std::vector<PoolInfo> pools() const;
  absl::StatusOr<PoolInfo> FindPool(const std::string& name) const;

  // Starts a stopped pool; its failures count from 0 again. One that runs stays as it is.
  absl::Status StartPool(const std::string& name);

  // Shuts the pool's workers down, which ends their conversations, and refuses calls until
  // StartPool. `why`: for people. Does not wait.
  absl::Status StopPool(const std::string& name, const std::string& why);

  // Replaces all workers of a pool, or one (NOT_FOUND: WORKER_NOT_FOUND), as
  // `disallow_overlapping_rotation` says. Does not wait. FAILED_PRECONDITION (POOL_STOPPED).
  absl::Status RecyclePool(const std::string& name, const std::string& why);
  absl::Status RecycleWorker(const std::string& worker, const std::string& why);

  // Starts a listener channel; the observer hears what becomes of it. Its id. NOT_FOUND
  // (POOL_NOT_FOUND), UNAVAILABLE (POOL_STOPPED, WORKER_UNAVAILABLE), and then the observer hears
  // nothing.
  absl::StatusOr<uint32_t> StartListener(const ListenerRequest& request,
                                         std::shared_ptr<ListenerObserver> observer);
  // A graceful stop can be hurried by an immediate one. NOT_FOUND (LISTENER_NOT_FOUND).
  absl::Status StopListener(uint32_t id, bool immediate);
  // Those that have not ended, pool by pool.
  std::vector<ListenerInfo> listeners() const;

  // Preloads an application on a worker of the pool; see Preloads. NOT_FOUND (POOL_NOT_FOUND,
  // APPLICATION_NOT_FOUND), UNAVAILABLE (POOL_STOPPED; WORKER_UNAVAILABLE with RetryInfo), and then
  // `done` is not called.
  absl::Status Preload(const std::string& pool, const std::string& application,
                       Preloads::Done done);
  // Of all pools, in the order of the configuration.
  std::vector<ApplicationInfo> applications() const;

  // What happens to pools and workers.
  PoolEvents& events() { return events_; }

  // Asks all workers to exit; starts none any more.
  void Close();
  // After Close. False when a worker was not gone within the limit.
  bool WaitUntilGone(absl::Duration limit);
  void ShutdownNow();
  void Kill();

 private:
  absl::StatusOr<std::shared_ptr<WorkerPool>> Find(const std::string& name) const;

  PoolEvents events_;
  std::atomic<uint32_t> last_listener_{0};
  // Destroyed in reverse: pools, then what calls into them.
  ExitWatcher exits_;
  WorkerSockets sockets_;
  RealProcessStarter starter_;
  Timers* const timers_;
  std::vector<std::shared_ptr<WorkerPool>> pools_;
};

}  // namespace rsca::workers

#endif  // RSCA_SERVER_WORKERS_WORKER_POOLS_H_
