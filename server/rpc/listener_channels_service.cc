#include "server/rpc/listener_channels_service.h"

#include "server/rpc/unary_reply.h"

namespace rsca::rpc {
namespace {

constexpr size_t kMaxStreams = 1000;

}  // namespace

ListenerChannelsService::ListenerChannelsService(const ServiceContext& context)
    : context_(context),
      streams_(kMaxStreams, context.timers),
      hub_(context.pools),
      start_listener_channel_(&context_, &hub_),
      stop_listener_channel_(&context_, &hub_),
      list_listener_channels_(&hub_),
      get_listener_channel_(&hub_) {}

grpc::ServerWriteReactor<v1::StartListenerChannelResponse>*
ListenerChannelsService::StartListenerChannel(grpc::CallbackServerContext* /*context*/,
                                              const v1::StartListenerChannelRequest* request) {
  return start_listener_channel_.Handle(*request, &streams_);
}

grpc::ServerWriteReactor<v1::StopListenerChannelResponse>*
ListenerChannelsService::StopListenerChannel(grpc::CallbackServerContext* /*context*/,
                                             const v1::StopListenerChannelRequest* request) {
  return stop_listener_channel_.Handle(*request, &streams_);
}

grpc::ServerUnaryReactor* ListenerChannelsService::ListListenerChannels(
    grpc::CallbackServerContext* context, const v1::ListListenerChannelsRequest* request,
    v1::ListListenerChannelsResponse* response) {
  return Reply(context, list_listener_channels_.Handle(*request, response));
}

grpc::ServerUnaryReactor* ListenerChannelsService::GetListenerChannel(
    grpc::CallbackServerContext* context, const v1::GetListenerChannelRequest* request,
    v1::GetListenerChannelResponse* response) {
  return Reply(context, get_listener_channel_.Handle(*request, response));
}

}  // namespace rsca::rpc
