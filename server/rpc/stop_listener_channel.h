// StopListenerChannel: see protos/rsca/v1/listener_channels.proto.
#ifndef RSCA_SERVER_RPC_STOP_LISTENER_CHANNEL_H_
#define RSCA_SERVER_RPC_STOP_LISTENER_CHANNEL_H_

#include "rsca/v1/listener_channels.pb.h"
#include "server/rpc/listener_hub.h"
#include "server/rpc/message_stream.h"
#include "server/rpc/service_context.h"

namespace rsca::rpc {

// Thread-safe.
class StopListenerChannel {
 public:
  StopListenerChannel(const ServiceContext* context, ListenerHub* hub)
      : context_(context), hub_(hub) {}

  // The reactor deletes itself.
  grpc::ServerWriteReactor<v1::StopListenerChannelResponse>* Handle(
      const v1::StopListenerChannelRequest& request, StreamSet* streams) const;

 private:
  const ServiceContext* const context_;
  ListenerHub* const hub_;
};

}  // namespace rsca::rpc

#endif  // RSCA_SERVER_RPC_STOP_LISTENER_CHANNEL_H_
