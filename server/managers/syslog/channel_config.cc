#include "server/managers/syslog/channel_config.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>

#include "server/managers/syslog/blob_schema.h"

namespace rsca::managers::syslog {
namespace {

constexpr size_t kDefaultMaxMessageBytes = 8192;
constexpr size_t kDefaultMaxConnections = 1000;
// The kernel's own choice for datagrams lasts for some hundred messages.
constexpr int kDefaultUdpBufferBytes = 4 * 1024 * 1024;
constexpr char kDefaultMode[] = "0666";  // as /dev/log: everybody may write

struct NamedProtocol {
  Protocol protocol;
  std::string_view name;
};

constexpr std::array<NamedProtocol, 3> kProtocols = {{{Protocol::kUdp, "syslog.udp"},
                                                      {Protocol::kTcp, "syslog.tcp"},
                                                      {Protocol::kUnix, "syslog.unix"}}};

// The whole text as a number of that base up to `max`.
template <typename Number>
bool ParseNumber(std::string_view text, int base, Number max, Number* number) {
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, *number, base);
  return result.ec == std::errc() && result.ptr == end && *number <= max;
}

// `127.0.0.1:514` or `[::1]:514`.
bool ParseAddress(std::string_view text, ChannelConfig* config) {
  const size_t colon = text.rfind(':');
  uint16_t port = 0;
  if (colon == std::string_view::npos ||
      !ParseNumber<uint16_t>(text.substr(colon + 1), 10, UINT16_MAX, &port)) {
    return false;
  }
  std::string host(text.substr(0, colon));
  auto* v4 = reinterpret_cast<sockaddr_in*>(&config->address);
  if (inet_pton(AF_INET, host.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    config->address_size = sizeof(*v4);
    return true;
  }
  if (host.size() < 2 || host.front() != '[' || host.back() != ']') return false;
  host = host.substr(1, host.size() - 2);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&config->address);
  std::memset(&config->address, 0, sizeof(config->address));
  if (inet_pton(AF_INET6, host.c_str(), &v6->sin6_addr) != 1) return false;
  v6->sin6_family = AF_INET6;
  v6->sin6_port = htons(port);
  config->address_size = sizeof(*v6);
  return true;
}

std::string ParseUnix(const nlohmann::json& blob, ChannelConfig* config) {
  config->path = blob["path"].get<std::string>();
  if (config->path.front() != '/') return "path: is not absolute";
  // Bytes, where the schema counts characters.
  if (config->path.size() > 107) return "path: is longer than 107 bytes";
  if (config->path.find('\0') != std::string::npos) return "path: has a zero in it";
  constexpr mode_t kMaxMode = 0777;
  if (!ParseNumber<mode_t>(blob.value("mode", kDefaultMode), 8, kMaxMode, &config->mode)) {
    return "mode: is not an octal mode such as 0666";
  }
  return "";
}

// What is wrong with what has passed the schema, or nothing.
std::string ParseFields(Protocol protocol, const nlohmann::json& blob, ChannelConfig* config) {
  config->max_message_bytes = blob.value("max_message_bytes", kDefaultMaxMessageBytes);
  if (protocol == Protocol::kUnix) return ParseUnix(blob, config);
  config->max_connections = blob.value("max_connections", kDefaultMaxConnections);
  config->receive_buffer_bytes =
      blob.value("receive_buffer_bytes", protocol == Protocol::kUdp ? kDefaultUdpBufferBytes : 0);
  if (ParseAddress(blob["address"].get<std::string>(), config)) return "";
  return "address: is neither IPV4:PORT nor [IPV6]:PORT, in numbers";
}

}  // namespace

std::string_view ProtocolName(Protocol protocol) {
  for (const NamedProtocol& each : kProtocols) {
    if (each.protocol == protocol) return each.name;
  }
  return "";
}

std::optional<Protocol> ProtocolByName(std::wstring_view name) {
  for (const NamedProtocol& each : kProtocols) {
    if (std::wstring(each.name.begin(), each.name.end()) == name) return each.protocol;
  }
  return std::nullopt;
}

std::optional<ChannelConfig> ParseChannelConfig(Protocol protocol, std::string_view blob,
                                                Failure* failure) {
  const nlohmann::json json = nlohmann::json::parse(blob, nullptr, false);
  if (json.is_discarded()) {
    *failure = {E_INVALIDARG, "the channel's configuration is not JSON"};
    return std::nullopt;
  }
  std::string faults = CheckBlob(protocol, json);
  ChannelConfig config;
  if (faults.empty()) faults = ParseFields(protocol, json, &config);
  if (faults.empty()) return config;
  *failure = {E_INVALIDARG, "the channel's configuration is not valid: " + faults};
  return std::nullopt;
}

}  // namespace rsca::managers::syslog
