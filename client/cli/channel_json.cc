#include "client/cli/channel_json.h"

#include <google/protobuf/util/time_util.h>

#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/json_object.h"
#include "client/cli/resource_json.h"
#include "common/utf.h"

namespace rsca::cli {

using google::protobuf::util::TimeUtil;

std::string StateWord(v1::ListenerChannel::State state) {
  return EnumWord(v1::ListenerChannel::State_Name(state), "STATE_", state);
}

std::string StateWord(v1::Application::State state) {
  return EnumWord(v1::Application::State_Name(state), "STATE_", state);
}

std::string ToJson(const v1::ListenerChannel& channel) {
  JsonObject object;
  object.Add("name", channel.name());
  object.Add("id", uint32_t{channel.id()});
  object.Add("pool", channel.pool());
  object.Add("protocol", channel.protocol());
  if (IsUtf8(channel.blob())) {
    object.Add("blob", channel.blob());
  } else {
    object.Add("blob_base64", std::string_view(absl::Base64Escape(channel.blob())));
  }
  object.Add("protocol_manager", channel.protocol_manager());
  object.Add("state", StateWord(channel.state()));
  object.Add("worker", channel.worker());
  object.Add("message_count", int64_t{channel.message_count()});
  object.Add("create_time", TimeUtil::ToString(channel.create_time()));
  object.Add("hresult", channel.hresult());
  object.Add("detail", channel.detail());
  return object.Text();
}

std::string ToJson(const v1::ListenerChannelEvent& event) {
  JsonObject object;
  object.Add("kind",
             EnumWord(v1::ListenerChannelEvent::Kind_Name(event.kind()), "KIND_", event.kind()));
  object.Add("messages_received", int64_t{event.messages_received()});
  object.AddJson("listener_channel", ToJson(event.listener_channel()));
  return object.Text();
}

std::string ToJson(const v1::Application& application) {
  JsonObject object;
  object.Add("name", application.name());
  object.Add("pool", application.pool());
  object.Add("application", application.application());
  object.Add("site_id", uint32_t{application.site_id()});
  object.Add("virtual_path", application.virtual_path());
  object.Add("config_path", application.config_path());
  object.Add("preload", application.preload());
  object.Add("state", StateWord(application.state()));
  object.Add("worker", application.worker());
  if (application.has_state_time()) {
    object.Add("state_time", TimeUtil::ToString(application.state_time()));
  }
  std::vector<std::string> failures;
  for (const v1::PreloadFailure& failed : application.failures()) {
    JsonObject failure;
    failure.Add("protocol_manager", failed.protocol_manager());
    failure.Add("hresult", failed.hresult());
    failure.Add("message", failed.message());
    failures.push_back(failure.Text());
  }
  object.AddJson("failures", absl::StrCat("[", absl::StrJoin(failures, ","), "]"));
  return object.Text();
}

}  // namespace rsca::cli
