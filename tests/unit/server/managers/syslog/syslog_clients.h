// Senders of syslog messages, for the tests.
#ifndef RSCA_TESTS_UNIT_SERVER_MANAGERS_SYSLOG_SYSLOG_CLIENTS_H_
#define RSCA_TESTS_UNIT_SERVER_MANAGERS_SYSLOG_SYSLOG_CLIENTS_H_

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace rsca {

// A connected socket. IPv4's loopback address, or a unix socket of datagrams.
class Client {
 public:
  static Client Udp(uint16_t port) {
    Client client(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    client.Connect(port);
    return client;
  }
  static Client Tcp(uint16_t port) {
    Client client = UnconnectedTcp();
    client.Connect(port);
    return client;
  }
  static Client UnconnectedTcp() { return Client(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)); }
  static Client Unix(const std::string& path) {
    Client client(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), std::min(path.size(), sizeof(address.sun_path) - 1));
    EXPECT_EQ(connect(client.fd(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0)
        << std::strerror(errno);
    return client;
  }

  Client(Client&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  ~Client() { Close(); }

  void Connect(uint16_t port) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    EXPECT_EQ(connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0)
        << std::strerror(errno);
  }

  // All of it; false when the other side is gone.
  bool Send(std::string_view bytes) {
    do {
      const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent < 0 && errno == EINTR) continue;
      if (sent < 0) return false;
      bytes.remove_prefix(static_cast<size_t>(sent));
    } while (!bytes.empty());
    return true;
  }

  // Whether the other side closed the connection, waiting for it.
  bool WaitForEnd() {
    char byte = 0;
    return recv(fd_, &byte, 1, 0) <= 0;
  }

  void Close() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }
  int fd() const { return fd_; }

 private:
  explicit Client(int fd) : fd_(fd) { EXPECT_GE(fd, 0) << std::strerror(errno); }

  int fd_;
};

}  // namespace rsca

#endif  // RSCA_TESTS_UNIT_SERVER_MANAGERS_SYSLOG_SYSLOG_CLIENTS_H_
