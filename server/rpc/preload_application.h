// PreloadApplication: see protos/rsca/v1/applications.proto.
#ifndef RSCA_SERVER_RPC_PRELOAD_APPLICATION_H_
#define RSCA_SERVER_RPC_PRELOAD_APPLICATION_H_

#include <memory>

#include "rsca/v1/applications.pb.h"
#include "server/rpc/service_context.h"
#include "server/rpc/unary_call.h"

namespace rsca::rpc {

// Thread-safe.
class PreloadApplication {
 public:
  using Call = UnaryCall<v1::PreloadApplicationRequest, v1::PreloadApplicationResponse>;

  explicit PreloadApplication(const ServiceContext* context) : context_(context) {}
  void Handle(const std::shared_ptr<Call>& call) const;

 private:
  const ServiceContext* const context_;
};

}  // namespace rsca::rpc

#endif  // RSCA_SERVER_RPC_PRELOAD_APPLICATION_H_
