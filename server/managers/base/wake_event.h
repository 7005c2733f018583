// Wakes a thread that waits in poll().
#ifndef RSCA_SERVER_MANAGERS_BASE_WAKE_EVENT_H_
#define RSCA_SERVER_MANAGERS_BASE_WAKE_EVENT_H_

#include <sys/eventfd.h>

#include <cerrno>
#include <system_error>

#include "server/managers/base/unique_fd.h"

namespace rsca::managers {

// Thread-safe.
class WakeEvent {
 public:
  // Throws std::system_error when the process has no more descriptors.
  WakeEvent() : fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!fd_) throw std::system_error(errno, std::generic_category(), "eventfd");
  }

  // Readable from Signal() until Clear().
  int fd() const { return fd_.Get(); }

  // Cannot fail: the counter is never near full.
  void Signal() { eventfd_write(fd_.Get(), 1); }
  void Clear() {
    eventfd_t count = 0;
    eventfd_read(fd_.Get(), &count);
  }

 private:
  const UniqueFd fd_;
};

}  // namespace rsca::managers

#endif  // RSCA_SERVER_MANAGERS_BASE_WAKE_EVENT_H_
