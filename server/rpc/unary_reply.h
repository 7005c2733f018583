// How a unary call of the callback API that is answered at once ends, and who called.
#ifndef RSCA_SERVER_RPC_UNARY_REPLY_H_
#define RSCA_SERVER_RPC_UNARY_REPLY_H_

#include <grpcpp/support/server_callback.h>

#include <string>

#include "absl/status/status.h"
#include "common/status.h"
#include "server/security/principal.h"

namespace rsca::rpc {

inline grpc::ServerUnaryReactor* Reply(grpc::CallbackServerContext* context,
                                       const absl::Status& status) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(ToGrpcStatus(status));
  return reactor;
}

inline std::string PrincipalOf(const grpc::CallbackServerContext& context) {
  return security::PrincipalOf(*context.auth_context(), context.peer());
}

}  // namespace rsca::rpc

#endif  // RSCA_SERVER_RPC_UNARY_REPLY_H_
