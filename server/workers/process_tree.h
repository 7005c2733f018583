// A worker process with all that its plug-ins start: commands, and what those leave behind.
#ifndef RSCA_SERVER_WORKERS_PROCESS_TREE_H_
#define RSCA_SERVER_WORKERS_PROCESS_TREE_H_

#include <memory>
#include <string>

#include "server/workers/cgroup.h"
#include "server/workers/process_stats.h"

namespace rsca::workers {

// Thread-safe.
class ProcessTree {
 public:
  // The tree is the worker's cgroup, or without one its session: a process that left that with
  // setsid(2) is lost sight of.
  ProcessTree(int worker_pid, std::unique_ptr<Cgroup> cgroup);

  // These are to be called while the worker is not reaped, or its session could be another's
  // already.
  //
  // SIGKILL for all of it, the worker too.
  void Kill();
  // Stops all of it, and lets it go on. Signals but SIGKILL wait until then.
  void Freeze();
  void Thaw();

  // What all of it uses now. Ended processes count as far as their parents have waited for them.
  ProcessUsage Usage() const;

  // The limit for which the kernel has killed it, for people; empty if it has not.
  std::string PassedLimit() const { return cgroup_ == nullptr ? "" : cgroup_->PassedLimit(); }

 private:
  const int worker_pid_;
  const std::unique_ptr<Cgroup> cgroup_;
};

}  // namespace rsca::workers

#endif  // RSCA_SERVER_WORKERS_PROCESS_TREE_H_
