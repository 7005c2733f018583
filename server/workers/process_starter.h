// Starts real worker processes.
#ifndef RSCA_SERVER_WORKERS_PROCESS_STARTER_H_
#define RSCA_SERVER_WORKERS_PROCESS_STARTER_H_

#include <memory>

#include "server/workers/exit_watcher.h"
#include "server/workers/pool_options.h"
#include "server/workers/process_handle.h"
#include "server/workers/worker_launcher.h"
#include "server/workers/worker_sockets.h"

namespace rsca::workers {

// Thread-safe. The pointers outlive it.
class RealProcessStarter final : public ProcessStarter {
 public:
  RealProcessStarter(WorkerOptions options, WorkerSockets* sockets, ExitWatcher* exits)
      : options_(std::move(options)), sockets_(sockets), exits_(exits) {}

  absl::StatusOr<std::unique_ptr<ProcessHandle>> Start(
      const PoolOptions& pool, const std::shared_ptr<Worker>& worker) override;

  // Says in the log which limits of a pool this host does not enforce, and why.
  void LogUnenforced(const PoolOptions& pool) const { launcher_.LogUnenforced(pool); }

 private:
  WorkerLauncher launcher_;
  const WorkerOptions options_;
  WorkerSockets* const sockets_;
  ExitWatcher* const exits_;
};

}  // namespace rsca::workers

#endif  // RSCA_SERVER_WORKERS_PROCESS_STARTER_H_
