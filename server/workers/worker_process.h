// Starts the rsca-worker program.
#ifndef RSCA_SERVER_WORKERS_WORKER_PROCESS_H_
#define RSCA_SERVER_WORKERS_WORKER_PROCESS_H_

#include <string>

#include "absl/status/statusor.h"

namespace rsca::workers {

// The descriptors that the process has, beside the bootstrap on its standard input.
struct WorkerDescriptors {
  int output = -1;   // standard output and standard error
  int log = -1;      // becomes kWorkerLogDescriptor
  int control = -1;  // becomes kWorkerControlDescriptor
  int results = -1;  // becomes kWorkerResultsDescriptor
  int cgroup = -1;   // becomes kWorkerCgroupDescriptor; -1: it gets none
};
inline constexpr int kWorkerLogDescriptor = 3;
inline constexpr int kWorkerControlDescriptor = 4;
inline constexpr int kWorkerResultsDescriptor = 5;
inline constexpr int kWorkerCgroupDescriptor = 6;

struct SpawnedProcess {
  int pid;
  int pidfd;  // the caller's to close
};

// Starts `program` with `bootstrap` on its standard input, in a session and process group of its
// own (so that Ctrl-C in the server's terminal is the server's), with default signal handling, and
// with no descriptors but these. The child is ours to reap.
absl::StatusOr<SpawnedProcess> SpawnWorkerProcess(const std::string& program,
                                                  const std::string& bootstrap,
                                                  const WorkerDescriptors& descriptors);

}  // namespace rsca::workers

#endif  // RSCA_SERVER_WORKERS_WORKER_PROCESS_H_
