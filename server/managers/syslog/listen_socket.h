// The socket that a channel listens on.
#ifndef RSCA_SERVER_MANAGERS_SYSLOG_LISTEN_SOCKET_H_
#define RSCA_SERVER_MANAGERS_SYSLOG_LISTEN_SOCKET_H_

#include <sys/socket.h>
#include <sys/types.h>

#include <string>
#include <utility>

#include "server/managers/base/manager.h"
#include "server/managers/base/unique_fd.h"
#include "server/managers/syslog/channel_config.h"

namespace rsca::managers::syslog {

// `127.0.0.1:514` or `[::1]:514`; an IPv4 address in IPv6's clothes is shown as what it is.
std::string AddressText(const sockaddr_storage& address);

// Not blocking, close-on-exec. Used by one thread at a time.
class ListenSocket {
 public:
  // Without a descriptor, and why in `failure`, when it cannot listen. A file at a unix socket's
  // path is in the way unless it is a socket that nobody listens on any more.
  static ListenSocket Open(Protocol protocol, const ChannelConfig& config, Failure* failure);

  ListenSocket() = default;
  ListenSocket(ListenSocket&& other) noexcept
      : fd_(std::move(other.fd_)),
        address_(std::move(other.address_)),
        path_(std::exchange(other.path_, std::string())),
        device_(other.device_),
        inode_(other.inode_) {}
  ListenSocket& operator=(ListenSocket&&) = delete;
  ~ListenSocket() { Close(); }

  int fd() const { return fd_.Get(); }

  // Where it listens, with the port that the kernel chose for port 0; a unix socket's path.
  const std::string& address() const { return address_; }

  // Also removes the unix socket's file, unless another has taken its place.
  void Close();

 private:
  bool OpenInet(Protocol protocol, const ChannelConfig& config, Failure* failure);
  bool OpenUnix(const ChannelConfig& config, Failure* failure);

  UniqueFd fd_;
  std::string address_;
  std::string path_;  // of the file to remove
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace rsca::managers::syslog

#endif  // RSCA_SERVER_MANAGERS_SYSLOG_LISTEN_SOCKET_H_
