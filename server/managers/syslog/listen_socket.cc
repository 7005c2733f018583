#include "server/managers/syslog/listen_socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace rsca::managers::syslog {
namespace {

bool Fail(const std::string& what, int error, Failure* failure) {
  *failure = {HresultFromErrno(error), what + ": " + std::generic_category().message(error)};
  return false;
}

void Enable(int fd, int level, int option) {
  const int on = 1;
  setsockopt(fd, level, option, &on, sizeof(on));
}

// As large as wished where the process may, else as large as the kernel lets anybody have it.
void SetReceiveBuffer(int fd, int bytes) {
  if (bytes == 0) return;
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) == 0) return;
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
}

sockaddr_un UnixAddress(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

// Whether the path is a socket that was left behind.
bool IsAbandoned(const std::string& path) {
  struct stat status = {};
  if (lstat(path.c_str(), &status) != 0 || !S_ISSOCK(status.st_mode)) return false;
  const UniqueFd probe(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const sockaddr_un address = UnixAddress(path);
  return connect(probe.Get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 &&
         errno == ECONNREFUSED;
}

}  // namespace

std::string AddressText(const sockaddr_storage& address) {
  std::array<char, INET6_ADDRSTRLEN> text = {};
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
    return std::string(text.data()) + ":" + std::to_string(ntohs(v4.sin_port));
  }
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
  const std::string port = ":" + std::to_string(ntohs(v6.sin6_port));
  if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
    inet_ntop(AF_INET, &v6.sin6_addr.s6_addr[12], text.data(), text.size());
    return text.data() + port;
  }
  inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
  return "[" + std::string(text.data()) + "]" + port;
}

ListenSocket ListenSocket::Open(Protocol protocol, const ChannelConfig& config, Failure* failure) {
  ListenSocket result;
  const bool opened = protocol == Protocol::kUnix ? result.OpenUnix(config, failure)
                                                  : result.OpenInet(protocol, config, failure);
  if (!opened) result.Close();
  return result;
}

void ListenSocket::Close() {
  fd_ = UniqueFd();
  if (path_.empty()) return;
  struct stat status = {};
  if (lstat(path_.c_str(), &status) == 0 && status.st_dev == device_ && status.st_ino == inode_) {
    unlink(path_.c_str());
  }
  path_.clear();
}

bool ListenSocket::OpenInet(Protocol protocol, const ChannelConfig& config, Failure* failure) {
  const bool tcp = protocol == Protocol::kTcp;
  const std::string wanted = AddressText(config.address);
  const int type = (tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC | SOCK_NONBLOCK;
  fd_ = UniqueFd(socket(config.address.ss_family, type, 0));
  if (!fd_) return Fail("cannot make a socket", errno, failure);
  SetReceiveBuffer(fd(), config.receive_buffer_bytes);
  // TCP: connections of a channel that was stopped do not keep the next one from starting.
  if (tcp) Enable(fd(), SOL_SOCKET, SO_REUSEADDR);
  if (!tcp) Enable(fd(), SOL_SOCKET, SO_RXQ_OVFL);
  if (bind(fd(), reinterpret_cast<const sockaddr*>(&config.address), config.address_size) != 0 ||
      (tcp && listen(fd(), SOMAXCONN) != 0)) {
    return Fail("cannot listen at " + wanted, errno, failure);
  }
  sockaddr_storage bound = {};
  socklen_t size = sizeof(bound);
  if (getsockname(fd(), reinterpret_cast<sockaddr*>(&bound), &size) != 0) {
    return Fail("cannot listen at " + wanted, errno, failure);
  }
  address_ = AddressText(bound);
  return true;
}

bool ListenSocket::OpenUnix(const ChannelConfig& config, Failure* failure) {
  fd_ = UniqueFd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd_) return Fail("cannot make a socket", errno, failure);
  Enable(fd(), SOL_SOCKET, SO_PASSCRED);
  // The file is made with this mode less the process's mask, so never with a wider one.
  fchmod(fd(), config.mode);
  const sockaddr_un address = UnixAddress(config.path);
  const auto* bare = reinterpret_cast<const sockaddr*>(&address);
  int error = bind(fd(), bare, sizeof(address)) == 0 ? 0 : errno;
  if (error == EADDRINUSE && IsAbandoned(config.path)) {
    unlink(config.path.c_str());
    error = bind(fd(), bare, sizeof(address)) == 0 ? 0 : errno;
  }
  struct stat status = {};
  if (error == 0 && lstat(config.path.c_str(), &status) == 0) {
    path_ = config.path;
    device_ = status.st_dev;
    inode_ = status.st_ino;
  }
  if (error == 0 && chmod(config.path.c_str(), config.mode) != 0) error = errno;
  if (error != 0) return Fail("cannot listen at " + config.path, error, failure);
  address_ = config.path;
  return true;
}

}  // namespace rsca::managers::syslog
