// Senders of syslog messages, for the tests.
#ifndef RSCA_TESTS_UNIT_SERVER_MANAGERS_SYSLOG_SYSLOG_CLIENTS_H_
#define RSCA_TESTS_UNIT_SERVER_MANAGERS_SYSLOG_SYSLOG_CLIENTS_H_

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
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

// Keeps the calling thread on one CPU while it lives. Datagrams that it sends to this host then
// arrive in order, and when one has arrived, so have those before it.
class OnOneCpu {
 public:
  OnOneCpu() {
    sched_getaffinity(0, sizeof(before_), &before_);
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<size_t>(sched_getcpu()), &one);
    EXPECT_EQ(sched_setaffinity(0, sizeof(one), &one), 0);
  }
  ~OnOneCpu() { sched_setaffinity(0, sizeof(before_), &before_); }
  OnOneCpu(const OnOneCpu&) = delete;
  OnOneCpu& operator=(const OnOneCpu&) = delete;

  // Waits until all datagrams that have been sent are where they go.
  void WaitForArrival() const {
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* bare = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(bind(fd, bare, size), 0);
    EXPECT_EQ(getsockname(fd, bare, &size), 0);
    EXPECT_EQ(sendto(fd, "x", 1, 0, bare, size), 1);
    char byte = 0;
    EXPECT_EQ(recv(fd, &byte, 1, 0), 1);
    close(fd);
  }

 private:
  cpu_set_t before_ = {};
};

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

  // Waits until the other side's TCP has acknowledged all that was sent.
  void WaitForAcknowledgement() const {
    int unacknowledged = 1;
    while (ioctl(fd_, TIOCOUTQ, &unacknowledged) == 0 && unacknowledged != 0) sched_yield();
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
