#include "server/managers/file/path_watch.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <deque>

#include "server/managers/file/regular_file.h"

namespace rsca::managers::file {
namespace {

// As the kernel's own limit.
constexpr int kMaxLinks = 40;

constexpr uint32_t kDirectoryMask = IN_CREATE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE |
                                    IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

void PrependParts(const std::string& path, std::deque<std::string>* parts) {
  std::deque<std::string> made;
  for (size_t at = 0; at < path.size();) {
    const size_t end = std::min(path.find('/', at), path.size());
    if (end > at) made.push_back(path.substr(at, end - at));
    at = end + 1;
  }
  parts->insert(parts->begin(), made.begin(), made.end());
}

std::string ReadLink(const std::string& path) {
  std::array<char, PATH_MAX> target;
  const ssize_t length = readlink(path.c_str(), target.data(), target.size());
  return length < 0 ? std::string() : std::string(target.data(), static_cast<size_t>(length));
}

}  // namespace

bool PathWatch::Walk(Failure* failure) {
  Steps steps;
  directory_ = UniqueFd();
  name_.clear();
  watch_ = -1;
  std::deque<std::string> parts;
  PrependParts(path_, &parts);
  std::string directory;  // resolved so far; empty is the root
  bool ok = true;
  for (int links = 0; !parts.empty() && links <= kMaxLinks;) {
    const std::string part = parts.front();
    parts.pop_front();
    if (part == ".") continue;
    if (part == "..") {
      directory.erase(directory.empty() ? 0 : directory.rfind('/'));
      continue;
    }
    // Watched before it is looked at: what changes in between is an event. A directory that may be
    // passed but not read cannot be watched; changes in it go unnoticed.
    const int watch = inotify_->AddWatch(directory + "/", kDirectoryMask);
    if (watch == -ENOSPC || watch == -ENOMEM) {
      *failure = InotifyFailure(directory + "/", -watch);
      ok = false;
      break;
    }
    std::string path = directory + "/";
    path += part;
    struct stat status = {};
    const bool exists = lstat(path.c_str(), &status) == 0;
    if (exists && S_ISLNK(status.st_mode)) {
      if (watch >= 0) steps[watch].insert(part);
      const std::string target = ReadLink(path);
      PrependParts(target, &parts);
      if (!target.empty() && target.front() == '/') directory.clear();
      ++links;
      continue;
    }
    if (parts.empty()) {
      ok = Arrive(directory + "/", part, &steps, failure);
      break;
    }
    if (watch >= 0) steps[watch].insert(part);
    if (!exists) break;
    directory = path;
  }
  Replace(std::move(steps));
  return ok;
}

bool PathWatch::Arrive(const std::string& directory, const std::string& name, Steps* steps,
                       Failure* failure) {
  UniqueFd opened(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const int open_error = errno;
  // Gone in between: the directory above has the event of that.
  if (!opened && (open_error == ENOENT || open_error == ENOTDIR)) return true;
  const int watch = opened ? inotify_->AddWatch(opened.Get(), kDirectoryMask) : -open_error;
  if (watch < 0) {
    *failure = opened ? InotifyFailure(directory, -watch)
                      : PathFailure("cannot watch", directory, open_error);
    return false;
  }
  (*steps)[watch];
  directory_ = std::move(opened);
  name_ = name;
  watch_ = watch;
  return true;
}

// New watches are in place before old ones go, so nothing is missed in between.
void PathWatch::Replace(Steps steps) {
  for (const auto& [watch, names] : steps_) {
    if (steps.count(watch) == 0) inotify_->RemoveWatch(watch);
  }
  steps_ = std::move(steps);
}

bool PathWatch::Affects(const InotifyEvent& event) const {
  if (event.mask & IN_Q_OVERFLOW) return true;
  const auto step = steps_.find(event.watch);
  if (step == steps_.end()) return false;
  if (event.name.empty()) {
    return (event.mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED)) != 0;
  }
  return (event.mask & (IN_CREATE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE)) != 0 &&
         step->second.count(event.name) != 0;
}

}  // namespace rsca::managers::file
