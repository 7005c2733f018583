#include "server/rpc/health_service.h"

#include <limits>

#include "server/rpc/unary_call.h"

namespace rsca::rpc {
namespace {

// Whoever looks after the server must see it, however many they are.
constexpr size_t kMaxWatchStreams = std::numeric_limits<size_t>::max();

}  // namespace

HealthService::HealthService(observability::Health* health, Timers* timers)
    : streams_(kMaxWatchStreams, timers),
      check_health_(health),
      watch_health_(health, &streams_, timers) {}

void HealthService::AddTo(grpc::ServerBuilder* builder, CallQueues* queues) {
  builder->RegisterService(&raw_);
  ServeUnary(queues, &raw_, &Raw::RequestCheck, check_health_, &CheckHealth::Handle);
  ServeMessages(queues, &raw_, &Raw::RequestWatch, watch_health_, &WatchHealth::Handle);
}

}  // namespace rsca::rpc
