// What a worker is told to do to itself before it loads the first plug-in.
#ifndef RSCA_SERVER_WORKERS_CONFINEMENT_H_
#define RSCA_SERVER_WORKERS_CONFINEMENT_H_

#include "rsca/worker/v1/worker_link.pb.h"
#include "server/workers/pool_options.h"

namespace rsca::workers {

// `processes_by_cgroup`: the worker's cgroup limits their number, so that no resource limit need
// to, which counts those of all workers of a user.
worker::v1::Confinement MakeConfinement(const PoolOptions& options, bool processes_by_cgroup);

}  // namespace rsca::workers

#endif  // RSCA_SERVER_WORKERS_CONFINEMENT_H_
