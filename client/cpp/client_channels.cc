// Client's calls of the services ListenerChannels and Applications.
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/cpp/channel_state.h"
#include "client/cpp/connection.h"
#include "client/cpp/durations.h"
#include "client/cpp/unary_call.h"
#include "rsca/client/client.h"

namespace rsca::client {

using Applications = v1::Applications::StubInterface;
using Channels = v1::ListenerChannels::StubInterface;
using internal::CancelState;
using internal::ChannelCall;
using internal::UnaryCall;

namespace {

std::string ChannelName(uint32_t id) { return absl::StrCat("listenerChannels/", id); }

// `start` begins the RPC.
template <typename Response, typename Start>
absl::StatusOr<ChannelStream> OpenChannelStream(
    const std::shared_ptr<internal::Connection>& connection, const Cancellation& cancellation,
    absl::Duration heartbeat_interval, const Start& start) {
  const auto cancel = std::make_shared<CancelState>(cancellation);
  auto call =
      std::make_unique<ChannelCall<Response>>(connection, cancel, heartbeat_interval, start);
  absl::Status status = call->Open();
  if (!status.ok()) return status;
  return ChannelStream(std::move(call));
}

}  // namespace

absl::StatusOr<ChannelStream> Client::StartChannel(const StartChannelOptions& options) {
  v1::StartListenerChannelRequest request;
  request.set_pool(absl::StrCat("pools/", options.pool));
  request.set_protocol(options.protocol);
  request.set_blob(options.blob);
  request.set_protocol_manager(options.protocol_manager);
  internal::SetDuration(options.heartbeat_interval, request.mutable_heartbeat_interval());
  return OpenChannelStream<v1::StartListenerChannelResponse>(
      connection_, options.cancellation, options.heartbeat_interval,
      [&](grpc::ClientContext* context) {
        return connection_->listener_channels().StartListenerChannel(context, request);
      });
}

absl::StatusOr<ChannelStream> Client::StopChannel(uint32_t id, const StopChannelOptions& options) {
  v1::StopListenerChannelRequest request;
  request.set_name(ChannelName(id));
  request.set_immediate(options.immediate);
  internal::SetDuration(options.heartbeat_interval, request.mutable_heartbeat_interval());
  return OpenChannelStream<v1::StopListenerChannelResponse>(
      connection_, options.cancellation, options.heartbeat_interval,
      [&](grpc::ClientContext* context) {
        return connection_->listener_channels().StopListenerChannel(context, request);
      });
}

absl::StatusOr<std::vector<v1::ListenerChannel>> Client::ListChannels(const CallOptions& options) {
  UnaryCall call(*connection_, options);
  v1::ListListenerChannelsRequest request;
  std::vector<v1::ListenerChannel> channels;
  do {
    auto page =
        call.Call(connection_->listener_channels(), &Channels::ListListenerChannels, request);
    if (!page.ok()) return page.status();
    for (v1::ListenerChannel& channel : *page->mutable_listener_channels()) {
      channels.push_back(std::move(channel));
    }
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  return channels;
}

absl::StatusOr<v1::ListenerChannel> Client::GetChannel(uint32_t id, const CallOptions& options) {
  v1::GetListenerChannelRequest request;
  request.set_name(ChannelName(id));
  auto response =
      UnaryCall(*connection_, options)
          .Call(connection_->listener_channels(), &Channels::GetListenerChannel, request);
  if (!response.ok()) return response.status();
  return std::move(*response->mutable_listener_channel());
}

absl::StatusOr<std::vector<v1::Application>> Client::ListApplications(absl::string_view pool,
                                                                      const CallOptions& options) {
  UnaryCall call(*connection_, options);
  v1::ListApplicationsRequest request;
  request.set_parent(absl::StrCat("pools/", pool.empty() ? "-" : pool));
  std::vector<v1::Application> applications;
  do {
    auto page = call.Call(connection_->applications(), &Applications::ListApplications, request);
    if (!page.ok()) return page.status();
    for (v1::Application& one : *page->mutable_applications()) {
      applications.push_back(std::move(one));
    }
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  return applications;
}

absl::StatusOr<v1::Application> Client::PreloadApplication(absl::string_view pool,
                                                           absl::string_view application,
                                                           const CallOptions& options) {
  v1::PreloadApplicationRequest request;
  request.set_name(absl::StrCat("pools/", pool, "/applications/", application));
  auto response =
      UnaryCall(*connection_, options)
          .Call(connection_->applications(), &Applications::PreloadApplication, request);
  if (!response.ok()) return response.status();
  return std::move(*response->mutable_application());
}

}  // namespace rsca::client
