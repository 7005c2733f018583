#include "server/rpc/watch_health.h"

#include <string>
#include <utility>

namespace rsca::rpc {
namespace {

using grpc::health::v1::HealthCheckResponse;
using Source = MessageSource<HealthCheckResponse>;

HealthCheckResponse::ServingStatus ToProto(std::optional<bool> serving) {
  if (!serving.has_value()) return HealthCheckResponse::SERVICE_UNKNOWN;
  return *serving ? HealthCheckResponse::SERVING : HealthCheckResponse::NOT_SERVING;
}

// The latest state of one service, whenever it is another than the last that was told.
class States final : public Source {
 public:
  States(observability::Health* health, std::string service, std::function<void()> wake)
      : health_(health), service_(std::move(service)), wake_(std::move(wake)) {}
  ~States() override { health_->Forget(this); }

  absl::StatusOr<Next> Take(HealthCheckResponse* message) override {
    const auto now = ToProto(health_->NowAndThen(service_, this, wake_));
    if (now == told_) return Next::kNothingYet;
    told_ = now;
    message->set_status(now);
    return Next::kMessage;
  }

  void FillHeartbeat(HealthCheckResponse* message) override { message->set_status(told_); }

 private:
  observability::Health* const health_;
  const std::string service_;
  const std::function<void()> wake_;
  HealthCheckResponse::ServingStatus told_ = HealthCheckResponse::UNKNOWN;  // is never told
};

}  // namespace

void WatchHealth::Handle(const grpc::health::v1::HealthCheckRequest& request,
                         const std::shared_ptr<Stream>& stream) const {
  stream->Open(streams_, timers_, absl::InfiniteDuration(),
               [&](std::function<void()> wake) -> absl::StatusOr<std::unique_ptr<Source>> {
                 return std::make_unique<States>(health_, request.service(), std::move(wake));
               });
}

}  // namespace rsca::rpc
