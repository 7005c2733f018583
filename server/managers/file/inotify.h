// One inotify instance.
#ifndef RSCA_SERVER_MANAGERS_FILE_INOTIFY_H_
#define RSCA_SERVER_MANAGERS_FILE_INOTIFY_H_

#include <sys/inotify.h>

#include <cstdint>
#include <deque>
#include <string>

#include "server/managers/base/manager.h"
#include "server/managers/base/unique_fd.h"

namespace rsca::managers::file {

struct InotifyEvent {
  int watch;
  uint32_t mask;
  uint32_t cookie;
  std::string name;  // empty for events of the watched thing itself
};

// AddWatch and RemoveWatch may be called on any thread, Read on one.
class Inotify {
 public:
  // Check `fd()`: -1 when the host's limit of instances or the process's of files is reached.
  Inotify();

  int fd() const { return fd_.Get(); }

  // The watch's number, or minus errno.
  int AddWatch(const std::string& path, uint32_t mask) const;
  // Of a file or directory that is open.
  int AddWatch(int open_fd, uint32_t mask) const;
  void RemoveWatch(int watch) const;

  // Appends what has happened, some events at a time. False when there is nothing.
  bool Read(std::deque<InotifyEvent>* events) const;

 private:
  const UniqueFd fd_;
};

// Why there is no instance or no watch: names the kernel's limit where one is reached.
Failure InotifyFailure(const std::string& path, int error);

}  // namespace rsca::managers::file

#endif  // RSCA_SERVER_MANAGERS_FILE_INOTIFY_H_
