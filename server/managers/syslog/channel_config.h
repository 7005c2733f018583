// What a listener channel's blob says.
#ifndef RSCA_SERVER_MANAGERS_SYSLOG_CHANNEL_CONFIG_H_
#define RSCA_SERVER_MANAGERS_SYSLOG_CHANNEL_CONFIG_H_

#include <sys/socket.h>
#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

#include "server/managers/base/manager.h"

namespace rsca::managers::syslog {

enum class Protocol { kUdp, kTcp, kUnix };

// `syslog.udp`, `syslog.tcp` or `syslog.unix`.
std::string_view ProtocolName(Protocol protocol);
std::optional<Protocol> ProtocolByName(std::wstring_view name);

struct ChannelConfig {
  // UDP and TCP.
  sockaddr_storage address = {};
  socklen_t address_size = 0;
  int receive_buffer_bytes = 0;  // 0: the kernel's own choice
  size_t max_connections = 0;    // TCP

  // Unix.
  std::string path;
  mode_t mode = 0;

  size_t max_message_bytes = 0;
};

// Nothing and why in `failure`, naming the field, for what is no valid configuration. `blob`: JSON
// that the protocol's schema, in README.md, describes.
std::optional<ChannelConfig> ParseChannelConfig(Protocol protocol, std::string_view blob,
                                                Failure* failure);

}  // namespace rsca::managers::syslog

#endif  // RSCA_SERVER_MANAGERS_SYSLOG_CHANNEL_CONFIG_H_
