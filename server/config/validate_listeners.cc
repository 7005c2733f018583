#include <arpa/inet.h>
#include <netinet/in.h>

#include <optional>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "server/config/tls_files.h"
#include "server/config/validate.h"

namespace rsca::config {
namespace {

// sockaddr_un.sun_path, less the terminating zero.
constexpr size_t kMaxSocketPathBytes = 107;

constexpr char kAddressForm[] = "expected unix:/ABSOLUTE/PATH or HOST:PORT";

struct HostAndPort {
  std::string host;
  uint32_t port = 0;
};

// `HOST:PORT`, with an IPv6 address in brackets.
std::optional<HostAndPort> ParseHostAndPort(const std::string& address) {
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  HostAndPort parsed;
  parsed.host = address.substr(0, colon);
  const std::string port = address.substr(colon + 1);
  const bool digits = !port.empty() && port.find_first_not_of("0123456789") == std::string::npos;
  if (!digits || !absl::SimpleAtoi(port, &parsed.port) || parsed.port > 65535) return std::nullopt;
  if (absl::StartsWith(parsed.host, "[") && absl::EndsWith(parsed.host, "]")) {
    parsed.host = parsed.host.substr(1, parsed.host.size() - 2);
    in6_addr ignored;
    if (inet_pton(AF_INET6, parsed.host.c_str(), &ignored) != 1) return std::nullopt;
    return parsed;
  }
  // A colon would be an IPv6 address without brackets, or a scheme such as `dns:`.
  if (parsed.host.empty() || parsed.host.find_first_of(":/[] ") != std::string::npos) {
    return std::nullopt;
  }
  return parsed;
}

bool IsLoopback(const std::string& host) {
  in_addr v4;
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  in6_addr v6;
  if (inet_pton(AF_INET6, host.c_str(), &v6) == 1) return IN6_IS_ADDR_LOOPBACK(&v6);
  return host == "localhost";
}

void ValidateUnix(const v1::Listener& listener, const std::string& path, Problems* problems) {
  const absl::string_view socket = absl::StripPrefix(listener.address(), "unix:");
  if (!absl::StartsWith(socket, "/") || absl::EndsWith(socket, "/")) {
    problems->Add(path + ".address", absl::StrCat("is `", listener.address(), "`; ", kAddressForm));
  } else if (socket.size() > kMaxSocketPathBytes) {
    problems->Add(path + ".address", absl::StrCat("the socket's path has ", socket.size(),
                                                  " bytes; allowed are ", kMaxSocketPathBytes));
  }
  if (listener.has_tls()) {
    problems->Add(path + ".tls", "a unix socket has no TLS; its directory guards it");
  }
  if (listener.insecure()) {
    problems->Add(path + ".insecure", "is for TCP only; a unix socket's directory guards it");
  }
}

void ValidateTcp(const v1::Listener& listener, const std::string& path, Problems* problems) {
  const std::optional<HostAndPort> address = ParseHostAndPort(listener.address());
  if (!address.has_value()) {
    problems->Add(path + ".address", absl::StrCat("is `", listener.address(), "`; ", kAddressForm));
    return;
  }
  if (listener.has_tls() && listener.insecure()) {
    problems->Add(path + ".insecure", "contradicts `tls`; leave one of them out");
  } else if (!listener.has_tls() && !listener.insecure()) {
    problems->Add(path + ".address",
                  "a TCP address needs `tls`; plain text is allowed on a loopback address only, "
                  "and needs `insecure: true`");
  } else if (listener.insecure() && !IsLoopback(address->host)) {
    problems->Add(path + ".insecure",
                  absl::StrCat("plain text is allowed on a loopback address only (127.0.0.1, [::1] "
                               "or localhost), not on ",
                               address->host, "; give the listener `tls`"));
  }
}

void ValidateTls(const v1::Tls& tls, const std::string& path, Problems* problems) {
  // Fields that are missing have been reported.
  if (!tls.certificate_file().empty() && !tls.private_key_file().empty()) {
    const TlsProblem problem = CheckKeyPair(tls.certificate_file(), tls.private_key_file());
    if (!problem.message.empty())
      problems->Add(absl::StrCat(path, ".", problem.field), problem.message);
  }
  if (!tls.client_ca_file().empty()) {
    const std::string why = CheckAuthorities(tls.client_ca_file());
    if (!why.empty()) problems->Add(path + ".client_ca_file", why);
  }
}

}  // namespace

void ValidateListeners(const v1::ServerConfig& config, Problems* problems) {
  std::set<std::string> taken;
  for (int i = 0; i < config.listeners_size(); ++i) {
    const v1::Listener& listener = config.listeners(i);
    const std::string path = absl::StrCat("listeners[", i, "]");
    if (listener.address().empty()) continue;  // reported as missing
    if (absl::StartsWith(listener.address(), "unix:")) {
      ValidateUnix(listener, path, problems);
    } else {
      ValidateTcp(listener, path, problems);
    }
    if (listener.has_tls()) ValidateTls(listener.tls(), path + ".tls", problems);
    // Any number of listeners may ask for a free port.
    if (!absl::EndsWith(listener.address(), ":0") && !taken.insert(listener.address()).second) {
      problems->Add(path + ".address",
                    absl::StrCat("is `", listener.address(), "`, which another listener has"));
    }
  }
}

}  // namespace rsca::config
