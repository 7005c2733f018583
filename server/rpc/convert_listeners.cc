#include "server/rpc/convert_listeners.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "server/actions/errors.h"
#include "server/rpc/convert.h"

namespace rsca::rpc {
namespace {

v1::ListenerChannel::State StateOf(actions::ListenerState state) {
  switch (state) {
    case actions::ListenerState::kStarting:
      return v1::ListenerChannel::STATE_STARTING;
    case actions::ListenerState::kStarted:
      return v1::ListenerChannel::STATE_STARTED;
    case actions::ListenerState::kStopping:
      return v1::ListenerChannel::STATE_STOPPING;
    case actions::ListenerState::kStopped:
      return v1::ListenerChannel::STATE_STOPPED;
  }
  return v1::ListenerChannel::STATE_UNSPECIFIED;
}

v1::Application::State StateOf(actions::PreloadState state) {
  switch (state) {
    case actions::PreloadState::kNone:
      return v1::Application::STATE_NOT_LOADED;
    case actions::PreloadState::kLoading:
      return v1::Application::STATE_LOADING;
    case actions::PreloadState::kLoaded:
      return v1::Application::STATE_LOADED;
    case actions::PreloadState::kFailed:
      return v1::Application::STATE_FAILED;
  }
  return v1::Application::STATE_UNSPECIFIED;
}

}  // namespace

v1::ListenerChannel ToProto(const actions::ListenerInfo& info) {
  v1::ListenerChannel proto;
  proto.set_name(absl::StrCat("listenerChannels/", info.id));
  proto.set_id(info.id);
  proto.set_pool(info.request.pool);
  proto.set_protocol(info.request.protocol);
  proto.set_blob(info.request.blob);
  proto.set_protocol_manager(info.request.protocol_manager);
  proto.set_state(StateOf(info.state));
  proto.set_worker(info.worker);
  proto.set_message_count(static_cast<int64_t>(info.messages));
  *proto.mutable_create_time() = ToProto(info.create_time);
  proto.set_hresult(info.hresult);
  proto.set_detail(info.detail);
  return proto;
}

v1::Application ToProto(const actions::ApplicationInfo& info) {
  v1::Application proto;
  proto.set_name(absl::StrCat("pools/", info.pool, "/applications/", info.application.id));
  proto.set_pool(info.pool);
  proto.set_application(info.application.id);
  proto.set_site_id(info.application.site_id);
  proto.set_virtual_path(info.application.virtual_path);
  proto.set_config_path(info.application.config_path);
  proto.set_preload(info.application.preload);
  proto.set_state(StateOf(info.state));
  proto.set_worker(info.worker);
  if (info.time != absl::InfinitePast()) *proto.mutable_state_time() = ToProto(info.time);
  for (const auto& failed : info.failures) {
    v1::PreloadFailure* failure = proto.add_failures();
    failure->set_protocol_manager(failed.protocol_manager);
    failure->set_hresult(failed.hresult);
    failure->set_message(failed.reason);
  }
  return proto;
}

absl::StatusOr<uint32_t> ParseListenerName(absl::string_view name) {
  uint32_t id = 0;
  if (!absl::ConsumePrefix(&name, "listenerChannels/") || !absl::SimpleAtoi(name, &id)) {
    return actions::InvalidField("name", "is not of the form listenerChannels/{id}");
  }
  return id;
}

absl::StatusOr<ApplicationName> ParseApplicationName(absl::string_view name) {
  constexpr absl::string_view kSeparator = "/applications/";
  const bool has_prefix = absl::ConsumePrefix(&name, "pools/");
  const size_t separator = name.find(kSeparator);
  if (!has_prefix || separator == name.npos || separator == 0) {
    return actions::InvalidField("name",
                                 "is not of the form pools/{pool}/applications/{application}");
  }
  return ApplicationName{std::string(name.substr(0, separator)),
                         std::string(name.substr(separator + kSeparator.size()))};
}

}  // namespace rsca::rpc
