// All worker pools of the server, and what they share.
#ifndef RSCA_SERVER_WORKERS_WORKER_POOLS_H_
#define RSCA_SERVER_WORKERS_WORKER_POOLS_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/timers.h"
#include "server/workers/worker_pool.h"

namespace rsca::workers {

// Thread-safe once open.
class WorkerPools final : public ActionStarter {
 public:
  // Listens for workers on `socket_path` and starts one in each pool. Timers and listener outlive
  // it.
  static absl::StatusOr<std::unique_ptr<WorkerPools>> Open(const std::string& socket_path,
                                                           const std::vector<PoolOptions>& pools,
                                                           const WorkerOptions& worker_options,
                                                           Timers* timers, PoolListener* listener);

  // Kills the workers that are left and waits for them.
  ~WorkerPools() override;

  // Waits until each pool's first worker is ready or has ended, within the limit.
  void WaitForFirstWorkers(absl::Duration limit);

  // All functions, by name; of two with one name the one in the pool that comes first.
  std::vector<Function> functions() const;
  std::optional<Function> FindFunction(const std::string& name) const;

  absl::StatusOr<std::unique_ptr<ActionHandle>> Start(
      const std::string& pool, const StartRequest& request,
      std::shared_ptr<ActionListener> listener) override;

  // Asks all workers to exit; starts none any more.
  void Close();
  // After Close. False when a worker was not gone within the limit.
  bool WaitUntilGone(absl::Duration limit);
  void ShutdownNow();
  void Kill();

 private:
  WorkerPools() = default;

  // Destroyed in reverse: pools, then what calls into them.
  std::unique_ptr<ExitWatcher> exits_;
  std::unique_ptr<WorkerLink> link_;
  Timers* timers_ = nullptr;
  std::vector<std::shared_ptr<WorkerPool>> pools_;
};

}  // namespace rsca::workers

#endif  // RSCA_SERVER_WORKERS_WORKER_POOLS_H_
