// What workers are told at their start, and what they offer in answer.
#ifndef RSCA_SERVER_WORKERS_BOOTSTRAP_H_
#define RSCA_SERVER_WORKERS_BOOTSTRAP_H_

#include <string>
#include <vector>

#include "rsca/worker/v1/worker_link.pb.h"
#include "server/workers/pool_options.h"
#include "server/workers/worker.h"

namespace rsca::workers {

worker::v1::Bootstrap MakeBootstrap(const PoolOptions& pool, const WorkerOptions& options,
                                    const Worker& worker);

// The functions of a worker that is ready; those of protocol managers that could not be loaded with
// the reason, as far as the configuration names them, or `known` has them from workers before.
std::vector<Function> FunctionsOf(const PoolOptions& pool, const worker::v1::Ready& ready,
                                  const std::vector<Function>& known);

}  // namespace rsca::workers

#endif  // RSCA_SERVER_WORKERS_BOOTSTRAP_H_
