#include "server/rpc/list_listener_channels.h"

#include "absl/strings/str_cat.h"
#include "server/rpc/convert.h"
#include "server/rpc/convert_listeners.h"

namespace rsca::rpc {

absl::Status ListListenerChannels::Handle(const v1::ListListenerChannelsRequest& request,
                                          v1::ListListenerChannelsResponse* response) const {
  const auto after = ParsePageToken(request.page_token());
  if (!after.ok()) return after.status();
  const auto size = PageSize(request.page_size());
  if (!size.ok()) return size.status();
  for (const actions::ListenerInfo& listener : hub_->List()) {
    if (listener.id <= *after) continue;
    const int count = response->listener_channels_size();
    if (static_cast<size_t>(count) == *size) {
      response->set_next_page_token(absl::StrCat(response->listener_channels(count - 1).id()));
      break;
    }
    *response->add_listener_channels() = ToProto(listener);
  }
  return absl::OkStatus();
}

}  // namespace rsca::rpc
