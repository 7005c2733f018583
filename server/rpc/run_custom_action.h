// RunCustomAction: see protos/rsca/v1/custom_actions.proto.
#ifndef RSCA_SERVER_RPC_RUN_CUSTOM_ACTION_H_
#define RSCA_SERVER_RPC_RUN_CUSTOM_ACTION_H_

#include <grpcpp/support/server_callback.h>

#include "server/rpc/service_context.h"

namespace rsca::rpc {

// Thread-safe.
class RunCustomAction {
 public:
  explicit RunCustomAction(const ServiceContext* context) : context_(context) {}

  // The reactor deletes itself.
  grpc::ServerUnaryReactor* Handle(const v1::RunCustomActionRequest& request,
                                   v1::RunCustomActionResponse* response) const;

 private:
  const ServiceContext* const context_;
};

}  // namespace rsca::rpc

#endif  // RSCA_SERVER_RPC_RUN_CUSTOM_ACTION_H_
