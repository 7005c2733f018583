// StopWorkerPool: see protos/rsca/v1/worker_processes.proto.
#ifndef RSCA_SERVER_RPC_STOP_WORKER_POOL_H_
#define RSCA_SERVER_RPC_STOP_WORKER_POOL_H_

#include <string>

#include "absl/status/status.h"
#include "rsca/v1/worker_processes.pb.h"
#include "server/rpc/service_context.h"

namespace rsca::rpc {

// Thread-safe.
class StopWorkerPool {
 public:
  explicit StopWorkerPool(const ServiceContext* context) : context_(context) {}
  absl::Status Handle(const v1::StopWorkerPoolRequest& request, const std::string& principal,
                      v1::StopWorkerPoolResponse* response) const;

 private:
  const ServiceContext* const context_;
};

}  // namespace rsca::rpc

#endif  // RSCA_SERVER_RPC_STOP_WORKER_POOL_H_
