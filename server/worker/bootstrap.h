// What the parent tells the worker on its standard input.
#ifndef RSCA_SERVER_WORKER_BOOTSTRAP_H_
#define RSCA_SERVER_WORKER_BOOTSTRAP_H_

#include "absl/status/statusor.h"
#include "rsca/worker/v1/worker_link.pb.h"

namespace rsca::worker {

// Reads to the end of the file and checks the version.
absl::StatusOr<v1::Bootstrap> ReadBootstrap(int fd);

// Standard input becomes /dev/null, so that neither plug-ins nor their children read the
// bootstrap or wait for a terminal.
absl::Status CloseStandardInput();

}  // namespace rsca::worker

#endif  // RSCA_SERVER_WORKER_BOOTSTRAP_H_
