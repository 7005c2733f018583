// StartListenerChannel: see protos/rsca/v1/listener_channels.proto.
#ifndef RSCA_SERVER_RPC_START_LISTENER_CHANNEL_H_
#define RSCA_SERVER_RPC_START_LISTENER_CHANNEL_H_

#include <memory>

#include "rsca/v1/listener_channels.pb.h"
#include "server/rpc/listener_hub.h"
#include "server/rpc/message_stream.h"
#include "server/rpc/service_context.h"

namespace rsca::rpc {

// Thread-safe.
class StartListenerChannel {
 public:
  using Stream = MessageStream<v1::StartListenerChannelResponse>;

  StartListenerChannel(const ServiceContext* context, ListenerHub* hub, StreamSet* streams)
      : context_(context), hub_(hub), streams_(streams) {}
  void Handle(const v1::StartListenerChannelRequest& request,
              const std::shared_ptr<Stream>& stream) const;

 private:
  const ServiceContext* const context_;
  ListenerHub* const hub_;
  StreamSet* const streams_;
};

}  // namespace rsca::rpc

#endif  // RSCA_SERVER_RPC_START_LISTENER_CHANNEL_H_
