#include "server/managers/file/inotify.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "server/managers/file/regular_file.h"

namespace rsca::managers::file {

Inotify::Inotify() : fd_(inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {}

int Inotify::AddWatch(const std::string& path, uint32_t mask) const {
  const int watch = inotify_add_watch(fd_.Get(), path.c_str(), mask);
  return watch < 0 ? -errno : watch;
}

int Inotify::AddWatch(int open_fd, uint32_t mask) const {
  return AddWatch("/proc/self/fd/" + std::to_string(open_fd), mask);
}

// Fails only for a watch that is gone already.
void Inotify::RemoveWatch(int watch) const { inotify_rm_watch(fd_.Get(), watch); }

bool Inotify::Read(std::deque<InotifyEvent>* events) const {
  alignas(inotify_event) std::array<char, 16 << 10> buffer;
  ssize_t got = 0;
  do {
    got = read(fd_.Get(), buffer.data(), buffer.size());
  } while (got < 0 && errno == EINTR);
  if (got <= 0) return false;
  for (ssize_t at = 0; at < got;) {
    inotify_event event = {};
    std::memcpy(&event, buffer.data() + at, sizeof event);
    const char* name = buffer.data() + at + sizeof event;
    events->push_back(
        {event.wd, event.mask, event.cookie, std::string(name, strnlen(name, event.len))});
    at += static_cast<ssize_t>(sizeof event + event.len);
  }
  return true;
}

Failure InotifyFailure(const std::string& path, int error) {
  if (error == ENOSPC) {
    return {HRESULT_FROM_WIN32(ERROR_NOT_ENOUGH_QUOTA),
            "cannot watch " + path + ": the host's limit fs.inotify.max_user_watches is reached"};
  }
  if (error == EMFILE) {
    return {HRESULT_FROM_WIN32(ERROR_TOO_MANY_OPEN_FILES),
            "cannot watch " + path +
                ": the host's limit fs.inotify.max_user_instances or the process's limit of open "
                "files is reached"};
  }
  return PathFailure("cannot watch", path, error);
}

}  // namespace rsca::managers::file
