// Starts the rsca-worker program.
#ifndef RSCA_SERVER_WORKERS_WORKER_PROCESS_H_
#define RSCA_SERVER_WORKERS_WORKER_PROCESS_H_

#include <string>

#include "absl/status/statusor.h"

namespace rsca::workers {

struct StartedProcess {
  int pid;
  int pidfd;  // the caller's to close
};

// Starts `program` with `bootstrap` on its standard input, in a process group of its own (so that
// Ctrl-C in the server's terminal is the server's), with default signal handling, and with no
// descriptor of ours but standard error, which is its standard output too. The child is ours to
// reap.
absl::StatusOr<StartedProcess> StartWorkerProcess(const std::string& program,
                                                  const std::string& bootstrap);

}  // namespace rsca::workers

#endif  // RSCA_SERVER_WORKERS_WORKER_PROCESS_H_
