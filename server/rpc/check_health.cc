#include "server/rpc/check_health.h"

namespace rsca::rpc {

using grpc::health::v1::HealthCheckResponse;

absl::Status CheckHealth::Handle(const grpc::health::v1::HealthCheckRequest& request,
                                 HealthCheckResponse* response) const {
  const std::optional<bool> serving = health_->Now(request.service());
  if (!serving.has_value()) return absl::NotFoundError("service name unknown");
  response->set_status(*serving ? HealthCheckResponse::SERVING : HealthCheckResponse::NOT_SERVING);
  return absl::OkStatus();
}

}  // namespace rsca::rpc
