// Keeps the calling thread, and all that it starts, to some paths of the file system.
#ifndef RSCA_SERVER_WORKER_LANDLOCK_H_
#define RSCA_SERVER_WORKER_LANDLOCK_H_

#include <string>
#include <vector>

#include "absl/status/status.h"

namespace rsca::worker {

// A path and all below it. Running programs is part of reading; device nodes are never made.
struct AllowedPath {
  std::string path;
  bool writable = false;
  bool may_be_missing = false;  // it is then left out
};

// Needs `no_new_privs`. Restricts as much as the kernel's version of Landlock can.
absl::Status RestrictPaths(const std::vector<AllowedPath>& paths);

// What the worker program itself needs, once it runs: shared libraries, a few devices, its own
// entry in /proc.
std::vector<AllowedPath> PathsOfWorker();

}  // namespace rsca::worker

#endif  // RSCA_SERVER_WORKER_LANDLOCK_H_
