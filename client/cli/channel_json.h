// Listener channels and applications as JSON for programs; the rules of resource_json.h hold.
#ifndef RSCA_CLIENT_CLI_CHANNEL_JSON_H_
#define RSCA_CLIENT_CLI_CHANNEL_JSON_H_

#include <string>

#include "rsca/v1/applications.pb.h"
#include "rsca/v1/listener_channel.pb.h"

namespace rsca::cli {

// The blob is `blob` as text, if it is UTF-8, else `blob_base64`.
std::string ToJson(const v1::ListenerChannel& channel);
std::string ToJson(const v1::ListenerChannelEvent& event);
std::string ToJson(const v1::Application& application);

// `started`.
std::string StateWord(v1::ListenerChannel::State state);
std::string StateWord(v1::Application::State state);

}  // namespace rsca::cli

#endif  // RSCA_CLIENT_CLI_CHANNEL_JSON_H_
