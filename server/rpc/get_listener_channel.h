// GetListenerChannel: see protos/rsca/v1/listener_channels.proto.
#ifndef RSCA_SERVER_RPC_GET_LISTENER_CHANNEL_H_
#define RSCA_SERVER_RPC_GET_LISTENER_CHANNEL_H_

#include "absl/status/status.h"
#include "rsca/v1/listener_channels.pb.h"
#include "server/rpc/listener_hub.h"

namespace rsca::rpc {

// Thread-safe.
class GetListenerChannel {
 public:
  explicit GetListenerChannel(const ListenerHub* hub) : hub_(hub) {}
  absl::Status Handle(const v1::GetListenerChannelRequest& request,
                      v1::GetListenerChannelResponse* response) const;

 private:
  const ListenerHub* const hub_;
};

}  // namespace rsca::rpc

#endif  // RSCA_SERVER_RPC_GET_LISTENER_CHANNEL_H_
