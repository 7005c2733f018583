// ListWorkerPools: see protos/rsca/v1/worker_processes.proto.
#ifndef RSCA_SERVER_RPC_LIST_WORKER_POOLS_H_
#define RSCA_SERVER_RPC_LIST_WORKER_POOLS_H_

#include "absl/status/status.h"
#include "rsca/v1/worker_processes.pb.h"
#include "server/rpc/service_context.h"

namespace rsca::rpc {

// Thread-safe.
class ListWorkerPools {
 public:
  explicit ListWorkerPools(const ServiceContext* context) : context_(context) {}
  absl::Status Handle(const v1::ListWorkerPoolsRequest& request,
                      v1::ListWorkerPoolsResponse* response) const;

 private:
  const ServiceContext* const context_;
};

}  // namespace rsca::rpc

#endif  // RSCA_SERVER_RPC_LIST_WORKER_POOLS_H_
