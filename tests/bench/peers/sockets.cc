#include "tests/bench/peers/sockets.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace rsca::bench {
namespace {

sockaddr_in Loopback(uint16_t port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

UniqueFd NewSocket(int family) {
  UniqueFd made(socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!made) ThrowErrno("socket");
  return made;
}

void SetNoDelay(const UniqueFd& socket) {
  const int on = 1;
  setsockopt(socket.Get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

bool TryConnect(const UniqueFd& socket, uint16_t port) {
  const sockaddr_in address = Loopback(port);
  return connect(socket.Get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
}

}  // namespace

void ThrowErrno(const std::string& what) {
  throw std::runtime_error(absl::StrCat(what, ": ", std::strerror(errno)));
}

UniqueFd ListenTcp() {
  UniqueFd listener = NewSocket(AF_INET);
  const sockaddr_in address = Loopback(0);
  if (bind(listener.Get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
      listen(listener.Get(), SOMAXCONN) != 0) {
    ThrowErrno("listen");
  }
  return listener;
}

uint16_t PortOf(const UniqueFd& listener) {
  sockaddr_in address = {};
  socklen_t size = sizeof(address);
  if (getsockname(listener.Get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    ThrowErrno("getsockname");
  }
  return ntohs(address.sin_port);
}

UniqueFd AcceptTcp(const UniqueFd& listener) {
  UniqueFd accepted(accept4(listener.Get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!accepted) ThrowErrno("accept");
  SetNoDelay(accepted);
  return accepted;
}

uint16_t FreePort() { return PortOf(ListenTcp()); }

UniqueFd ConnectTcp(uint16_t port) {
  UniqueFd connection = NewSocket(AF_INET);
  if (!TryConnect(connection, port)) ThrowErrno("connect");
  SetNoDelay(connection);
  return connection;
}

UniqueFd ConnectUnix(const std::string& path) {
  UniqueFd connection = NewSocket(AF_UNIX);
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) throw std::runtime_error("too long: " + path);
  path.copy(address.sun_path, path.size());
  if (connect(connection.Get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) !=
      0) {
    ThrowErrno("connect " + path);
  }
  return connection;
}

bool CanConnectTcp(uint16_t port) { return TryConnect(NewSocket(AF_INET), port); }

void SendAll(const UniqueFd& socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(socket.Get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EINTR) ThrowErrno("send");
    if (sent > 0) bytes.remove_prefix(static_cast<size_t>(sent));
  }
}

std::string ReceiveUntil(const UniqueFd& socket, std::string_view end) {
  const timeval bound = {.tv_sec = 10, .tv_usec = 0};
  setsockopt(socket.Get(), SOL_SOCKET, SO_RCVTIMEO, &bound, sizeof(bound));
  std::string received;
  std::array<char, 4096> buffer;
  while (!absl::EndsWith(received, {end.data(), end.size()})) {
    const ssize_t count = recv(socket.Get(), buffer.data(), buffer.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) ThrowErrno("recv");
    if (count == 0) throw std::runtime_error("the server closed the connection: " + received);
    received.append(buffer.data(), static_cast<size_t>(count));
  }
  return received;
}

}  // namespace rsca::bench
