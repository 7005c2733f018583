// grpc.health.v1 as a client sees it.
#ifndef RSCA_TESTS_SUPPORT_HEALTH_H_
#define RSCA_TESTS_SUPPORT_HEALTH_H_

#include <grpcpp/channel.h>

#include <memory>
#include <string>

namespace rsca::support {

// `SERVING`, `NOT_SERVING`, ..., or the name of the gRPC code where the call failed. Of the whole
// server, or of a service such as `rsca.v1.CustomActions` or `pool/default`.
std::string Health(const std::shared_ptr<grpc::Channel>& channel, const std::string& service = "");

}  // namespace rsca::support

#endif  // RSCA_TESTS_SUPPORT_HEALTH_H_
