// A file descriptor that is closed when its owner goes.
#ifndef RSCA_COMMON_UNIQUE_FD_H_
#define RSCA_COMMON_UNIQUE_FD_H_

#include <unistd.h>

#include <utility>

namespace rsca {

// Used by one thread at a time. -1 is none.
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~UniqueFd() {
    if (fd_ >= 0) close(fd_);
  }

  int Get() const { return fd_; }
  int Release() { return std::exchange(fd_, -1); }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

}  // namespace rsca

#endif  // RSCA_COMMON_UNIQUE_FD_H_
