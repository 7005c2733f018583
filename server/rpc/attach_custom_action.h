// AttachCustomAction: see protos/rsca/v1/custom_actions.proto.
#ifndef RSCA_SERVER_RPC_ATTACH_CUSTOM_ACTION_H_
#define RSCA_SERVER_RPC_ATTACH_CUSTOM_ACTION_H_

#include <memory>

#include "server/rpc/service_context.h"
#include "server/rpc/stream_call.h"

namespace rsca::rpc {

// Thread-safe.
class AttachCustomAction {
 public:
  explicit AttachCustomAction(const ServiceContext* context) : context_(context) {}
  void Handle(const std::shared_ptr<StreamCall>& call) const;

 private:
  const ServiceContext* const context_;
};

}  // namespace rsca::rpc

#endif  // RSCA_SERVER_RPC_ATTACH_CUSTOM_ACTION_H_
