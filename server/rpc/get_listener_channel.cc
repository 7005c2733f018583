#include "server/rpc/get_listener_channel.h"

#include "server/rpc/convert_listeners.h"

namespace rsca::rpc {

absl::Status GetListenerChannel::Handle(const v1::GetListenerChannelRequest& request,
                                        v1::GetListenerChannelResponse* response) const {
  const auto id = ParseListenerName(request.name());
  if (!id.ok()) return id.status();
  for (const actions::ListenerInfo& listener : hub_->List()) {
    if (listener.id != *id) continue;
    *response->mutable_listener_channel() = ToProto(listener);
    return absl::OkStatus();
  }
  return actions::ListenerNotFound(*id);
}

}  // namespace rsca::rpc
