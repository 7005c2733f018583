// RunCustomAction: see protos/rsca/v1/custom_actions.proto.
#ifndef RSCA_SERVER_RPC_RUN_CUSTOM_ACTION_H_
#define RSCA_SERVER_RPC_RUN_CUSTOM_ACTION_H_

#include <memory>

#include "rsca/v1/custom_actions.pb.h"
#include "server/rpc/service_context.h"
#include "server/rpc/unary_call.h"

namespace rsca::rpc {

// Thread-safe.
class RunCustomAction {
 public:
  using Call = UnaryCall<v1::RunCustomActionRequest, v1::RunCustomActionResponse>;

  explicit RunCustomAction(const ServiceContext* context) : context_(context) {}
  void Handle(const std::shared_ptr<Call>& call) const;

 private:
  const ServiceContext* const context_;
};

}  // namespace rsca::rpc

#endif  // RSCA_SERVER_RPC_RUN_CUSTOM_ACTION_H_
