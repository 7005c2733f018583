// ListWorkers: see protos/rsca/v1/worker_processes.proto.
#ifndef RSCA_SERVER_RPC_LIST_WORKERS_H_
#define RSCA_SERVER_RPC_LIST_WORKERS_H_

#include "absl/status/status.h"
#include "rsca/v1/worker_processes.pb.h"
#include "server/rpc/service_context.h"

namespace rsca::rpc {

// Thread-safe.
class ListWorkers {
 public:
  explicit ListWorkers(const ServiceContext* context) : context_(context) {}
  absl::Status Handle(const v1::ListWorkersRequest& request,
                      v1::ListWorkersResponse* response) const;

 private:
  const ServiceContext* const context_;
};

}  // namespace rsca::rpc

#endif  // RSCA_SERVER_RPC_LIST_WORKERS_H_
