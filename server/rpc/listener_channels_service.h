// The gRPC service rsca.v1.ListenerChannels: brings each call to the class of its RPC.
#ifndef RSCA_SERVER_RPC_LISTENER_CHANNELS_SERVICE_H_
#define RSCA_SERVER_RPC_LISTENER_CHANNELS_SERVICE_H_

#include "rsca/v1/listener_channels.grpc.pb.h"
#include "server/rpc/get_listener_channel.h"
#include "server/rpc/list_listener_channels.h"
#include "server/rpc/listener_hub.h"
#include "server/rpc/start_listener_channel.h"
#include "server/rpc/stop_listener_channel.h"
#include "server/rpc/stream_set.h"

namespace rsca::rpc {

// Thread-safe.
class ListenerChannelsService final : public v1::ListenerChannels::CallbackService {
 public:
  explicit ListenerChannelsService(const ServiceContext& context);

  // Its streams.
  StreamSet& streams() { return streams_; }

  grpc::ServerWriteReactor<v1::StartListenerChannelResponse>* StartListenerChannel(
      grpc::CallbackServerContext* context,
      const v1::StartListenerChannelRequest* request) override;
  grpc::ServerWriteReactor<v1::StopListenerChannelResponse>* StopListenerChannel(
      grpc::CallbackServerContext* context, const v1::StopListenerChannelRequest* request) override;
  grpc::ServerUnaryReactor* ListListenerChannels(
      grpc::CallbackServerContext* context, const v1::ListListenerChannelsRequest* request,
      v1::ListListenerChannelsResponse* response) override;
  grpc::ServerUnaryReactor* GetListenerChannel(grpc::CallbackServerContext* context,
                                               const v1::GetListenerChannelRequest* request,
                                               v1::GetListenerChannelResponse* response) override;

 private:
  const ServiceContext context_;
  StreamSet streams_;
  ListenerHub hub_;
  const rpc::StartListenerChannel start_listener_channel_;
  const rpc::StopListenerChannel stop_listener_channel_;
  const rpc::ListListenerChannels list_listener_channels_;
  const rpc::GetListenerChannel get_listener_channel_;
};

}  // namespace rsca::rpc

#endif  // RSCA_SERVER_RPC_LISTENER_CHANNELS_SERVICE_H_
