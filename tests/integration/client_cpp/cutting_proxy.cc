#include "tests/integration/client_cpp/cutting_proxy.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"

namespace rsca {
namespace {

int ConnectTo(const std::string& path) {
  const int connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un name = {};
  name.sun_family = AF_UNIX;
  std::strncpy(name.sun_path, path.c_str(), sizeof(name.sun_path) - 1);
  if (connect(connection, reinterpret_cast<sockaddr*>(&name), sizeof(name)) == 0) return connection;
  close(connection);
  return -1;
}

}  // namespace

CuttingProxy::CuttingProxy(std::string unix_path, int64_t min_bytes, int64_t max_bytes)
    : unix_path_(std::move(unix_path)),
      listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
      budget_(min_bytes, max_bytes) {
  sockaddr_in name = {};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(name);
  EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&name), size), 0);
  EXPECT_EQ(listen(listener_, 64), 0);
  EXPECT_EQ(getsockname(listener_, reinterpret_cast<sockaddr*>(&name), &size), 0);
  port_ = ntohs(name.sin_port);
  acceptor_ = std::thread([this] { Accept(); });
}

CuttingProxy::~CuttingProxy() {
  shutdown(listener_, SHUT_RDWR);
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
    for (const int socket : sockets_) shutdown(socket, SHUT_RDWR);
  }
  acceptor_.join();
  for (std::thread& copier : copiers_) copier.join();
  MutexLock lock(&mutex_);
  for (const int socket : sockets_) close(socket);
  close(listener_);
}

std::string CuttingProxy::address() const { return absl::StrCat("127.0.0.1:", port_); }

void CuttingProxy::Accept() {
  while (true) {
    const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) return;
    const int server = ConnectTo(unix_path_);
    MutexLock lock(&mutex_);
    if (stopping_ || server < 0) {
      close(client);
      if (server >= 0) close(server);
      continue;
    }
    sockets_.insert(sockets_.end(), {client, server});
    copiers_.emplace_back(
        [this, client, server] { Copy(client, server, std::numeric_limits<int64_t>::max()); });
    copiers_.emplace_back(
        [this, client, server, bytes = budget_(random_)] { Copy(server, client, bytes); });
  }
}

void CuttingProxy::Copy(int from, int to, int64_t bytes) {
  std::array<char, 4096> buffer;
  while (bytes > 0) {
    const size_t wanted = static_cast<size_t>(std::min<int64_t>(bytes, buffer.size()));
    const ssize_t got = recv(from, buffer.data(), wanted, 0);
    if (got <= 0) break;
    bytes -= got;
    for (ssize_t sent = 0; sent < got;) {
      const ssize_t put =
          send(to, buffer.data() + sent, static_cast<size_t>(got - sent), MSG_NOSIGNAL);
      if (put <= 0) break;
      sent += put;
    }
  }
  if (bytes == 0) ++cuts_;
  shutdown(from, SHUT_RDWR);
  shutdown(to, SHUT_RDWR);
}

}  // namespace rsca
