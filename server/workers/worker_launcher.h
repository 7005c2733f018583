// Starts workers within what surrounds each of them: a cgroup where the server has one, the limits
// of its pool, and a log that takes what it prints.
#ifndef RSCA_SERVER_WORKERS_WORKER_LAUNCHER_H_
#define RSCA_SERVER_WORKERS_WORKER_LAUNCHER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/unique_fd.h"
#include "rsca/worker/v1/worker_link.pb.h"
#include "server/workers/cgroup.h"
#include "server/workers/output_log.h"
#include "server/workers/pool_options.h"
#include "server/workers/process_tree.h"

namespace rsca::workers {

struct StartedProcess {
  int pid;
  int pidfd;  // the caller's to close
  std::shared_ptr<ProcessTree> tree;
};

// Thread-safe.
class WorkerLauncher {
 public:
  WorkerLauncher();

  // Says in the log which limits of the pool this host does not enforce, and why.
  void LogUnenforced(const PoolOptions& options) const;

  // Whether the kernel keeps workers within the limit of a controller, `cpu`, `memory` or `pids`.
  bool Limits(const std::string& controller) const;

  // `bootstrap` for a worker of the pool, complete but for what this adds to it. `control` and
  // `results`: its ends of its sockets.
  absl::StatusOr<StartedProcess> Start(const PoolOptions& options, const std::string& program,
                                       worker::v1::Bootstrap bootstrap, const UniqueFd& control,
                                       const UniqueFd& results);

 private:
  std::string WhyNot(const std::string& controller) const;

  std::shared_ptr<CgroupHome> home_;  // null: there is none
  std::string why_no_home_;
  OutputLog output_;
};

}  // namespace rsca::workers

#endif  // RSCA_SERVER_WORKERS_WORKER_LAUNCHER_H_
