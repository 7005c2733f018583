#include "server/rpc/list_listener_channels.h"

#include "absl/strings/str_cat.h"
#include "server/rpc/convert.h"
#include "server/rpc/convert_listeners.h"

namespace rsca::rpc {

absl::Status ListListenerChannels::Handle(const v1::ListListenerChannelsRequest& request,
                                          v1::ListListenerChannelsResponse* response) const {
  const auto page = PageOf(request);
  if (!page.ok()) return page.status();
  for (const actions::ListenerInfo& listener : hub_->List()) {
    if (listener.id <= page->from) continue;
    const int count = response->listener_channels_size();
    if (static_cast<size_t>(count) == page->size) {
      response->set_next_page_token(absl::StrCat(response->listener_channels(count - 1).id()));
      break;
    }
    *response->add_listener_channels() = ToProto(listener);
  }
  return absl::OkStatus();
}

}  // namespace rsca::rpc
