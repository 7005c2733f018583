#include "server/rpc/stop_listener_channel.h"

#include <utility>

#include "server/rpc/listener_stream.h"

namespace rsca::rpc {

using Stream = MessageStream<v1::StopListenerChannelResponse>;

grpc::ServerWriteReactor<v1::StopListenerChannelResponse>* StopListenerChannel::Handle(
    const v1::StopListenerChannelRequest& request, StreamSet* streams) const {
  const auto id = ParseListenerName(request.name());
  if (!id.ok()) return Stream::Refuse(streams, context_->timers, id.status());
  const auto heartbeat = HeartbeatIntervalOf(request, context_->stream_defaults);
  if (!heartbeat.ok()) return Stream::Refuse(streams, context_->timers, heartbeat.status());
  return Stream::Open(
      streams, context_->timers, *heartbeat,
      [&](std::function<void()> wake) -> absl::StatusOr<std::unique_ptr<Stream::Source>> {
        auto listener = hub_->Stop(*id, request.immediate());
        if (!listener.ok()) return listener.status();
        const WatchedListener::View already = (*listener)->Now();
        return std::make_unique<ListenerSource<v1::StopListenerChannelResponse>>(
            *std::move(listener), std::move(wake), already);
      });
}

}  // namespace rsca::rpc
