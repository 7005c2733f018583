// ListListenerChannels: see protos/rsca/v1/listener_channels.proto.
#ifndef RSCA_SERVER_RPC_LIST_LISTENER_CHANNELS_H_
#define RSCA_SERVER_RPC_LIST_LISTENER_CHANNELS_H_

#include "absl/status/status.h"
#include "rsca/v1/listener_channels.pb.h"
#include "server/rpc/listener_hub.h"

namespace rsca::rpc {

// Thread-safe.
class ListListenerChannels {
 public:
  explicit ListListenerChannels(const ListenerHub* hub) : hub_(hub) {}
  absl::Status Handle(const v1::ListListenerChannelsRequest& request,
                      v1::ListListenerChannelsResponse* response) const;

 private:
  const ListenerHub* const hub_;
};

}  // namespace rsca::rpc

#endif  // RSCA_SERVER_RPC_LIST_LISTENER_CHANNELS_H_
