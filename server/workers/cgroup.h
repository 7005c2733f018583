// cgroup v2, in the part of its tree that the server may divide: its own.
//
//   DIR/                 where the server was started; nothing of it is touched without leave to
//   divide it
//     server/            the server itself, once controllers are handed on: a cgroup that does so
//                        may hold no processes
//     rsca-workers-PID/  locked by the server that lives, so that another can remove it afterwards
//       default-1/       one for each worker
#ifndef RSCA_SERVER_WORKERS_CGROUP_H_
#define RSCA_SERVER_WORKERS_CGROUP_H_

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/mutex.h"
#include "common/unique_fd.h"
#include "server/workers/pool_options.h"

namespace rsca::workers {

class CgroupHome;

// One worker's. Thread-safe. Destroying it kills what is in it and removes it.
class Cgroup {
 public:
  Cgroup(std::shared_ptr<CgroupHome> home, std::string path, uint64_t memory_kib);
  ~Cgroup();

  const std::string& path() const { return path_; }

  // To write "0" to, for a process that joins.
  absl::StatusOr<UniqueFd> OpenProcesses() const;

  std::vector<int> Processes() const;

  // SIGKILL for all that is in it, also what is just being forked.
  void Kill();

  // Stops all that is in it, without a signal that somebody could see, and lets it go on.
  void Freeze(bool frozen);

  // The limit for which the kernel has killed it, for people; empty if it has not.
  std::string PassedLimit() const;

 private:
  const std::shared_ptr<CgroupHome> home_;
  const std::string path_;
  const uint64_t memory_kib_;
};

// The server's. Thread-safe.
class CgroupHome : public std::enable_shared_from_this<CgroupHome> {
 public:
  // In `directory`; see FindOwnCgroup. Removes what killed servers have left behind. Where the
  // cgroup may not be divided, the error's message says why.
  static absl::StatusOr<std::shared_ptr<CgroupHome>> Open(const std::string& directory);
  ~CgroupHome();

  // Why `cpu`, `memory` or `pids` cannot be limited; empty if it can.
  const std::string& WhyNot(const std::string& controller) const { return why_not_.at(controller); }

  absl::StatusOr<std::unique_ptr<Cgroup>> Make(const std::string& name,
                                               const ResourceLimitOptions& limits);

 private:
  friend class Cgroup;
  CgroupHome(std::string path, UniqueFd lock);

  void HandOnControllers(const std::string& directory);
  absl::Status HandOn(const std::string& directory, const std::string& controller) const;
  bool Limits(const std::string& controller) const { return WhyNot(controller).empty(); }
  absl::Status SetLimits(const std::string& path, const ResourceLimitOptions& limits) const;
  // Now, or when the processes in it are gone: a killed process takes a moment.
  void Remove(const std::string& path);
  bool RemoveEmptied();

  const std::string path_;
  const UniqueFd lock_;
  std::map<std::string, std::string> why_not_;  // by controller
  Mutex mutex_;
  std::set<std::string> to_remove_ ABSL_GUARDED_BY(mutex_);
};

// The directory of the calling process's cgroup v2, from the texts of /proc/self/cgroup and
// /proc/self/mountinfo.
absl::StatusOr<std::string> FindOwnCgroup(absl::string_view cgroup, absl::string_view mountinfo);
absl::StatusOr<std::string> FindOwnCgroup();

}  // namespace rsca::workers

#endif  // RSCA_SERVER_WORKERS_CGROUP_H_
