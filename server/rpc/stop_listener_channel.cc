#include "server/rpc/stop_listener_channel.h"

#include <utility>

#include "server/rpc/listener_stream.h"

namespace rsca::rpc {

void StopListenerChannel::Handle(const v1::StopListenerChannelRequest& request,
                                 const std::shared_ptr<Stream>& stream) const {
  const auto id = ParseListenerName(request.name());
  if (!id.ok()) return stream->Refuse(id.status());
  const auto heartbeat = HeartbeatIntervalOf(request, context_->stream_defaults);
  if (!heartbeat.ok()) return stream->Refuse(heartbeat.status());
  stream->Open(streams_, context_->timers, *heartbeat,
               [&](std::function<void()> wake) -> absl::StatusOr<std::unique_ptr<Stream::Source>> {
                 auto listener = hub_->Stop(*id, request.immediate());
                 if (!listener.ok()) return listener.status();
                 const WatchedListener::View already = (*listener)->Now();
                 return std::make_unique<ListenerSource<v1::StopListenerChannelResponse>>(
                     *std::move(listener), std::move(wake), already);
               });
}

}  // namespace rsca::rpc
