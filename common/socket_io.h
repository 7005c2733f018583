// Bytes through a connected socket whose descriptor blocks.
#ifndef RSCA_COMMON_SOCKET_IO_H_
#define RSCA_COMMON_SOCKET_IO_H_

#include <cstddef>
#include <vector>

#include "absl/strings/string_view.h"

namespace rsca {

// Waits until all of it is taken. False when the other end is gone.
bool SendAll(int socket, absl::string_view bytes);

// Waits until there is something to read, or the other end is gone. A thread that waits in recv(2)
// is woken by each read of the other end as well, because that makes room to write; one that waits
// here is not. False if the socket is broken.
bool WaitUntilReadable(int socket);

// Collects what comes until it is used. Used by one thread.
class SocketReader {
 public:
  explicit SocketReader(int socket);

  // Waits for more. False at the end, whatever ended it.
  bool ReadMore();

  // What has come and was not used.
  absl::string_view bytes() const { return {buffer_.data(), used_}; }

  // What is left of bytes(), its end, stays for the next time.
  void Keep(absl::string_view rest);

 private:
  const int socket_;
  std::vector<char> buffer_;
  size_t used_ = 0;
};

}  // namespace rsca

#endif  // RSCA_COMMON_SOCKET_IO_H_
