// Health.Check: see protos/grpc/health/v1/health.proto.
#ifndef RSCA_SERVER_RPC_CHECK_HEALTH_H_
#define RSCA_SERVER_RPC_CHECK_HEALTH_H_

#include "absl/status/status.h"
#include "grpc/health/v1/health.pb.h"
#include "server/observability/health.h"

namespace rsca::rpc {

// Thread-safe.
class CheckHealth {
 public:
  explicit CheckHealth(const observability::Health* health) : health_(health) {}
  absl::Status Handle(const grpc::health::v1::HealthCheckRequest& request,
                      grpc::health::v1::HealthCheckResponse* response) const;

 private:
  const observability::Health* const health_;
};

}  // namespace rsca::rpc

#endif  // RSCA_SERVER_RPC_CHECK_HEALTH_H_
