// What a worker does to itself, and to all that its plug-ins will start, before it loads the first
// of them.
#ifndef RSCA_SERVER_WORKER_CONFINEMENT_H_
#define RSCA_SERVER_WORKER_CONFINEMENT_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "rsca/worker/v1/worker_link.pb.h"

namespace rsca::worker {

// In the order that `Confinement` says. To be called while the process has one thread: limits of
// the kernel are each thread's own, and threads inherit them. `libraries` are the plug-ins', which
// stay readable. The error says which step failed, why, and what to do; the process is then in a
// state between the two and has to end.
absl::Status Confine(const v1::Confinement& confinement, const std::vector<std::string>& libraries);

}  // namespace rsca::worker

#endif  // RSCA_SERVER_WORKER_CONFINEMENT_H_
