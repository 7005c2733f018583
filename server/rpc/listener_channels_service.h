// The gRPC service rsca.v1.ListenerChannels: brings each call to the class of its RPC.
#ifndef RSCA_SERVER_RPC_LISTENER_CHANNELS_SERVICE_H_
#define RSCA_SERVER_RPC_LISTENER_CHANNELS_SERVICE_H_

#include <grpcpp/server_builder.h>

#include "rsca/v1/listener_channels.grpc.pb.h"
#include "server/rpc/call_queues.h"
#include "server/rpc/get_listener_channel.h"
#include "server/rpc/list_listener_channels.h"
#include "server/rpc/listener_hub.h"
#include "server/rpc/start_listener_channel.h"
#include "server/rpc/stop_listener_channel.h"
#include "server/rpc/stream_set.h"

namespace rsca::rpc {

class ListenerChannelsService {
 public:
  explicit ListenerChannelsService(const ServiceContext& context);

  // Before the server is built and the queues start. Outlives both.
  void AddTo(grpc::ServerBuilder* builder, CallQueues* queues);

  // Its streams.
  StreamSet& streams() { return streams_; }

 private:
  using V1 = v1::ListenerChannels;
  using Raw = V1::WithRawMethod_StartListenerChannel<V1::WithRawMethod_StopListenerChannel<
      V1::WithRawMethod_ListListenerChannels<V1::WithRawMethod_GetListenerChannel<V1::Service>>>>;

  const ServiceContext context_;
  StreamSet streams_;
  ListenerHub hub_;
  const StartListenerChannel start_listener_channel_;
  const StopListenerChannel stop_listener_channel_;
  const ListListenerChannels list_listener_channels_;
  const GetListenerChannel get_listener_channel_;
  Raw raw_;
};

}  // namespace rsca::rpc

#endif  // RSCA_SERVER_RPC_LISTENER_CHANNELS_SERVICE_H_
