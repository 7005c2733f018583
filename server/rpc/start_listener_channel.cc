#include "server/rpc/start_listener_channel.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "server/actions/errors.h"
#include "server/rpc/convert_pools.h"
#include "server/rpc/listener_stream.h"

namespace rsca::rpc {
namespace {

constexpr size_t kMaxProtocolBytes = 256;
constexpr size_t kMaxBlobBytes = size_t{64} << 10;

absl::StatusOr<actions::ListenerRequest> FromProto(const v1::StartListenerChannelRequest& proto) {
  absl::StatusOr<std::string> pool = ParsePoolName("pool", proto.pool());
  if (!pool.ok()) return pool.status();
  if (proto.protocol().empty()) return actions::InvalidField("protocol", "is required");
  if (proto.protocol().size() > kMaxProtocolBytes) {
    return actions::InvalidField("protocol", absl::StrCat("has ", proto.protocol().size(),
                                                          " bytes; at most ", kMaxProtocolBytes));
  }
  if (proto.blob().size() > kMaxBlobBytes) {
    return actions::InvalidField(
        "blob", absl::StrCat("has ", proto.blob().size(), " bytes; at most ", kMaxBlobBytes));
  }
  return actions::ListenerRequest{*std::move(pool), proto.protocol(), proto.blob(),
                                  proto.protocol_manager()};
}

}  // namespace

void StartListenerChannel::Handle(const v1::StartListenerChannelRequest& proto,
                                  const std::shared_ptr<Stream>& stream) const {
  const auto request = FromProto(proto);
  if (!request.ok()) return stream->Refuse(request.status());
  const auto heartbeat = HeartbeatIntervalOf(proto, context_->stream_defaults);
  if (!heartbeat.ok()) return stream->Refuse(heartbeat.status());
  stream->Open(streams_, context_->timers, *heartbeat,
               [&](std::function<void()> wake) -> absl::StatusOr<std::unique_ptr<Stream::Source>> {
                 auto listener = hub_->Start(*request);
                 if (!listener.ok()) return listener.status();
                 return std::make_unique<ListenerSource<v1::StartListenerChannelResponse>>(
                     *std::move(listener), std::move(wake), WatchedListener::View());
               });
}

}  // namespace rsca::rpc
