// A filter of system calls for the calling thread and all that it starts.
#ifndef RSCA_SERVER_WORKER_SECCOMP_FILTER_H_
#define RSCA_SERVER_WORKER_SECCOMP_FILTER_H_

#include "absl/status/status.h"

namespace rsca::worker {

// From here on system calls that no plug-in needs fail with EPERM, whoever makes them: those that
// change the kernel, its clock or what is mounted, that look into other processes, or that make or
// enter namespaces. All others work as before. Needs `no_new_privs`.
absl::Status InstallSeccompFilter();

}  // namespace rsca::worker

#endif  // RSCA_SERVER_WORKER_SECCOMP_FILTER_H_
