// A call of any RPC as gRPC brings it: who makes it, and the bytes of its request.
#ifndef RSCA_SERVER_RPC_INCOMING_CALL_H_
#define RSCA_SERVER_RPC_INCOMING_CALL_H_

#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>

#include <string>

#include "absl/status/status.h"
#include "common/status.h"
#include "server/security/principal.h"

namespace rsca::rpc {

struct IncomingCall {
  grpc::ServerContext context;
  grpc::ByteBuffer bytes;

  // Who calls; see security/principal.h.
  std::string Principal() const {
    return security::PrincipalOf(*context.auth_context(), context.peer());
  }

  // Once. INVALID_ARGUMENT if the request is malformed.
  template <typename Request>
  absl::Status Parse(Request* request) {
    const grpc::Status status = grpc::SerializationTraits<Request>::Deserialize(&bytes, request);
    if (status.ok()) return absl::OkStatus();
    return MakeError(
        absl::StatusCode::kInvalidArgument, "INVALID_REQUEST",
        "the request is not a valid protobuf message of its type, or its text is not UTF-8");
  }
};

}  // namespace rsca::rpc

#endif  // RSCA_SERVER_RPC_INCOMING_CALL_H_
