// Listener channels and applications, from the domain to the public proto; and their names.
#ifndef RSCA_SERVER_RPC_CONVERT_LISTENERS_H_
#define RSCA_SERVER_RPC_CONVERT_LISTENERS_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "rsca/v1/applications.pb.h"
#include "rsca/v1/listener_channel.pb.h"
#include "server/actions/pools.h"

namespace rsca::rpc {

v1::ListenerChannel ToProto(const actions::ListenerInfo& info);
v1::Application ToProto(const actions::ApplicationInfo& info);

// The id of `listenerChannels/{id}`. INVALID_ARGUMENT if it is of another form.
absl::StatusOr<uint32_t> ParseListenerName(absl::string_view name);

// `pools/{pool}/applications/{application}`. INVALID_ARGUMENT if it is of another form.
struct ApplicationName {
  std::string pool;
  std::string application;
};
absl::StatusOr<ApplicationName> ParseApplicationName(absl::string_view name);

}  // namespace rsca::rpc

#endif  // RSCA_SERVER_RPC_CONVERT_LISTENERS_H_
