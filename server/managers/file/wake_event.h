// Wakes a thread that waits in poll().
#ifndef RSCA_SERVER_MANAGERS_FILE_WAKE_EVENT_H_
#define RSCA_SERVER_MANAGERS_FILE_WAKE_EVENT_H_

#include <sys/eventfd.h>

#include "server/managers/base/unique_fd.h"

namespace rsca::managers::file {

// Thread-safe.
class WakeEvent {
 public:
  // Without a descriptor when the process has no more of them: see fd(); errno says why.
  WakeEvent() : fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

  // Readable from Signal() until Clear(). -1 when it could not be made.
  int fd() const { return fd_.Get(); }

  // Cannot fail: the counter is cleared long before it is full.
  void Signal() { eventfd_write(fd_.Get(), 1); }
  void Clear() {
    eventfd_t count = 0;
    eventfd_read(fd_.Get(), &count);
  }

 private:
  const UniqueFd fd_;
};

}  // namespace rsca::managers::file

#endif  // RSCA_SERVER_MANAGERS_FILE_WAKE_EVENT_H_
