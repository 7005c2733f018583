// ListCustomActions: see protos/rsca/v1/custom_actions.proto.
#ifndef RSCA_SERVER_RPC_LIST_CUSTOM_ACTIONS_H_
#define RSCA_SERVER_RPC_LIST_CUSTOM_ACTIONS_H_

#include "absl/status/status.h"
#include "server/rpc/service_context.h"

namespace rsca::rpc {

// Thread-safe.
class ListCustomActions {
 public:
  explicit ListCustomActions(const ServiceContext* context) : context_(context) {}
  absl::Status Handle(const v1::ListCustomActionsRequest& request,
                      v1::ListCustomActionsResponse* response) const;

 private:
  const ServiceContext* const context_;
};

}  // namespace rsca::rpc

#endif  // RSCA_SERVER_RPC_LIST_CUSTOM_ACTIONS_H_
