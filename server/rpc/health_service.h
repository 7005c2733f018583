// The gRPC service grpc.health.v1.Health: brings each call to the class of its RPC.
//
// Not gRPC's own, which runs on its callback threads: see call_queues.h.
#ifndef RSCA_SERVER_RPC_HEALTH_SERVICE_H_
#define RSCA_SERVER_RPC_HEALTH_SERVICE_H_

#include <grpcpp/server_builder.h>

#include "common/timers.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "server/observability/health.h"
#include "server/rpc/call_queues.h"
#include "server/rpc/check_health.h"
#include "server/rpc/stream_set.h"
#include "server/rpc/watch_health.h"

namespace rsca::rpc {

class HealthService {
 public:
  // The pointers outlive it.
  HealthService(observability::Health* health, Timers* timers);

  // Before the server is built and the queues start. Outlives both.
  void AddTo(grpc::ServerBuilder* builder, CallQueues* queues);

  // Its watch streams.
  StreamSet& streams() { return streams_; }

 private:
  using V1 = grpc::health::v1::Health;
  using Raw = V1::WithRawMethod_Check<V1::WithRawMethod_Watch<V1::Service>>;

  StreamSet streams_;
  const CheckHealth check_health_;
  const WatchHealth watch_health_;
  Raw raw_;
};

}  // namespace rsca::rpc

#endif  // RSCA_SERVER_RPC_HEALTH_SERVICE_H_
