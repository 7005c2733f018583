// StartWorkerPool: see protos/rsca/v1/worker_processes.proto.
#ifndef RSCA_SERVER_RPC_START_WORKER_POOL_H_
#define RSCA_SERVER_RPC_START_WORKER_POOL_H_

#include "absl/status/status.h"
#include "rsca/v1/worker_processes.pb.h"
#include "server/rpc/service_context.h"

namespace rsca::rpc {

// Thread-safe.
class StartWorkerPool {
 public:
  explicit StartWorkerPool(const ServiceContext* context) : context_(context) {}
  absl::Status Handle(const v1::StartWorkerPoolRequest& request,
                      v1::StartWorkerPoolResponse* response) const;

 private:
  const ServiceContext* const context_;
};

}  // namespace rsca::rpc

#endif  // RSCA_SERVER_RPC_START_WORKER_POOL_H_
