// PreloadApplication: see protos/rsca/v1/applications.proto.
#ifndef RSCA_SERVER_RPC_PRELOAD_APPLICATION_H_
#define RSCA_SERVER_RPC_PRELOAD_APPLICATION_H_

#include <grpcpp/support/server_callback.h>

#include "rsca/v1/applications.pb.h"
#include "server/rpc/service_context.h"

namespace rsca::rpc {

// Thread-safe.
class PreloadApplication {
 public:
  explicit PreloadApplication(const ServiceContext* context) : context_(context) {}

  // The reactor deletes itself.
  grpc::ServerUnaryReactor* Handle(const v1::PreloadApplicationRequest& request,
                                   v1::PreloadApplicationResponse* response) const;

 private:
  const ServiceContext* const context_;
};

}  // namespace rsca::rpc

#endif  // RSCA_SERVER_RPC_PRELOAD_APPLICATION_H_
