// GetCustomAction: see protos/rsca/v1/custom_actions.proto.
#ifndef RSCA_SERVER_RPC_GET_CUSTOM_ACTION_H_
#define RSCA_SERVER_RPC_GET_CUSTOM_ACTION_H_

#include "absl/status/status.h"
#include "server/rpc/service_context.h"

namespace rsca::rpc {

// Thread-safe.
class GetCustomAction {
 public:
  explicit GetCustomAction(const ServiceContext* context) : context_(context) {}
  absl::Status Handle(const v1::GetCustomActionRequest& request,
                      v1::GetCustomActionResponse* response) const;

 private:
  const ServiceContext* const context_;
};

}  // namespace rsca::rpc

#endif  // RSCA_SERVER_RPC_GET_CUSTOM_ACTION_H_
