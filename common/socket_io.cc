#include "common/socket_io.h"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace rsca {
namespace {

// About what the kernel holds of a unix socket.
constexpr size_t kBufferBytes = size_t{256} << 10;

}  // namespace

bool SendAll(int socket, absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return true;
}

bool WaitUntilReadable(int socket) {
  pollfd readable = {socket, POLLIN, 0};
  while (true) {
    const int count = poll(&readable, 1, -1);
    if (count < 0 && errno == EINTR) continue;
    return count > 0;
  }
}

SocketReader::SocketReader(int socket) : socket_(socket), buffer_(kBufferBytes) {}

bool SocketReader::ReadMore() {
  // One message that does not fit.
  if (used_ == buffer_.size()) buffer_.resize(buffer_.size() * 2);
  while (true) {
    const ssize_t count = recv(socket_, buffer_.data() + used_, buffer_.size() - used_, 0);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    used_ += static_cast<size_t>(count);
    return true;
  }
}

void SocketReader::Keep(absl::string_view rest) {
  if (!rest.empty() && rest.data() != buffer_.data()) {
    std::memmove(buffer_.data(), rest.data(), rest.size());
  }
  used_ = rest.size();
  if (used_ == 0 && buffer_.size() > kBufferBytes) std::vector<char>(kBufferBytes).swap(buffer_);
}

}  // namespace rsca
