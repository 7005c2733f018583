#include "server/rpc/listener_channels_service.h"

#include "server/rpc/unary_call.h"

namespace rsca::rpc {
namespace {

constexpr size_t kMaxStreams = 1000;

}  // namespace

ListenerChannelsService::ListenerChannelsService(const ServiceContext& context)
    : context_(context),
      streams_(kMaxStreams, context.timers),
      hub_(context.pools),
      start_listener_channel_(&context_, &hub_, &streams_),
      stop_listener_channel_(&context_, &hub_, &streams_),
      list_listener_channels_(&hub_),
      get_listener_channel_(&hub_) {}

void ListenerChannelsService::AddTo(grpc::ServerBuilder* builder, CallQueues* queues) {
  builder->RegisterService(&raw_);
  ServeMessages(queues, &raw_, &Raw::RequestStartListenerChannel, start_listener_channel_,
                &StartListenerChannel::Handle);
  ServeMessages(queues, &raw_, &Raw::RequestStopListenerChannel, stop_listener_channel_,
                &StopListenerChannel::Handle);
  ServeUnary(queues, &raw_, &Raw::RequestListListenerChannels, list_listener_channels_,
             &ListListenerChannels::Handle);
  ServeUnary(queues, &raw_, &Raw::RequestGetListenerChannel, get_listener_channel_,
             &GetListenerChannel::Handle);
}

}  // namespace rsca::rpc
