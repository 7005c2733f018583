// Health.Watch: see protos/grpc/health/v1/health.proto.
#ifndef RSCA_SERVER_RPC_WATCH_HEALTH_H_
#define RSCA_SERVER_RPC_WATCH_HEALTH_H_

#include <memory>

#include "grpc/health/v1/health.pb.h"
#include "server/observability/health.h"
#include "server/rpc/message_stream.h"

namespace rsca::rpc {

// Thread-safe.
class WatchHealth {
 public:
  using Stream = MessageStream<grpc::health::v1::HealthCheckResponse>;

  WatchHealth(observability::Health* health, StreamSet* streams, Timers* timers)
      : health_(health), streams_(streams), timers_(timers) {}
  void Handle(const grpc::health::v1::HealthCheckRequest& request,
              const std::shared_ptr<Stream>& stream) const;

 private:
  observability::Health* const health_;
  StreamSet* const streams_;
  Timers* const timers_;
};

}  // namespace rsca::rpc

#endif  // RSCA_SERVER_RPC_WATCH_HEALTH_H_
