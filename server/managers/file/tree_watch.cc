#include "server/managers/file/tree_watch.h"

#include <dirent.h>
#include <poll.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <memory>

#include "absl/time/clock.h"
#include "server/managers/file/regular_file.h"

namespace rsca::managers::file {
namespace {

constexpr uint32_t kMask = IN_CREATE | IN_MODIFY | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE |
                           IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_EXCL_UNLINK;

// How long, and how far, the second half of a move is looked for; the kernel queues both at once,
// nearly. A move out of the tree has none.
constexpr int kMoveGraceMs = 20;
constexpr size_t kMoveLookAhead = 4096;

// A file is visible a moment before its event is queued.
constexpr absl::Duration kScanGrace = absl::Seconds(1);

std::string Join(const std::string& directory, const std::string& name) {
  return directory.back() == '/' ? directory + name : directory + "/" + name;
}

bool IsBelow(const std::string& path, const std::string& directory) {
  return path.size() > directory.size() && path[directory.size()] == '/' &&
         path.compare(0, directory.size(), directory) == 0;
}

bool IsDirectory(const std::string& path, const dirent& entry) {
  if (entry.d_type != DT_UNKNOWN) return entry.d_type == DT_DIR;
  struct stat status = {};
  return lstat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

std::string WithoutTrailingSlashes(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

}  // namespace

TreeWatch::TreeWatch(std::string root, bool recursive, Sink sink)
    : root_(WithoutTrailingSlashes(std::move(root))),
      recursive_(recursive),
      sink_(std::move(sink)) {}

bool TreeWatch::Open(Failure* failure) {
  inotify_.emplace();
  if (inotify_->fd() < 0) {
    *failure = InotifyFailure(root_, errno);
    return false;
  }
  if (!WatchRoot(failure)) return false;
  WatchParent();
  Add({root_, false, false});
  return true;
}

bool TreeWatch::WatchRoot(Failure* failure) {
  root_watch_ = inotify_->AddWatch(root_, kMask);
  if (root_watch_ == -ENOTDIR) {
    *failure = {E_INVALIDARG, root_ + " is not a directory"};
    return false;
  }
  if (root_watch_ < 0) {
    *failure = InotifyFailure(root_, -root_watch_);
    return false;
  }
  return true;
}

// The kernel tells the end of a directory that someone else has open only when that one closes it;
// its parent tells at once. A parent that may not be read is done without.
void TreeWatch::WatchParent() {
  const std::unique_ptr<char, decltype(&std::free)> real(realpath(root_.c_str(), nullptr),
                                                         &std::free);
  if (!real) return;
  const std::string path = real.get();
  const size_t slash = path.rfind('/');
  root_name_ = path.substr(slash + 1);
  if (root_name_.empty()) return;
  parent_watch_ = inotify_->AddWatch(path.substr(0, slash) + "/", IN_DELETE | IN_ONLYDIR);
}

// Watches a directory and all below it. A directory is watched first and looked into then, so that
// nothing that is made in it is missed.
void TreeWatch::Add(Found first) {
  std::vector<Found> left = {std::move(first)};
  while (!left.empty() && !ended_) {
    const Found directory = std::move(left.back());
    left.pop_back();
    AddOne(directory, &left);
  }
}

void TreeWatch::AddOne(const Found& directory, std::vector<Found>* below) {
  const uint32_t mask = directory.path == root_ ? kMask : kMask | IN_DONT_FOLLOW;
  const int watch = inotify_->AddWatch(directory.path, mask);
  if (watch == -ENOENT || watch == -ENOTDIR || watch == -ELOOP) return;  // gone again
  if (watch < 0) return Unwatched(directory.path, -watch);
  at_limit_ = false;
  const auto [known, is_new] = directories_.emplace(watch, directory.path);
  if (!recursive_) return;
  if (is_new) return Scan(watch, directory, directory.announce, below);
  // Directories may have been missed that were made while this one was being moved. One that is
  // known by another path is mounted twice.
  if (directory.recheck && known->second == directory.path) Scan(watch, directory, false, below);
}

void TreeWatch::Scan(int watch, const Found& directory, bool announce, std::vector<Found>* below) {
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(opendir(directory.path.c_str()), &closedir);
  if (!stream) {
    if (errno != ENOENT && errno != ENOTDIR) Unwatched(directory.path, errno);
    return;
  }
  last_scan_ = absl::Now();
  while (const dirent* entry = readdir(stream.get())) {
    const std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    const std::string path = Join(directory.path, name);
    const bool is_directory = IsDirectory(path, *entry);
    if (announce) {
      announced_.emplace(watch, name);
      Emit({"create", path, is_directory});
    }
    if (is_directory) below->push_back({path, directory.announce, directory.recheck});
  }
}

bool TreeWatch::Handle() {
  if (!inotify_->Read(&events_)) {
    // All events are handled, so those that the last scan was ahead of, too.
    if (absl::Now() - last_scan_ > kScanGrace) announced_.clear();
    return false;
  }
  while (!events_.empty() && !ended_) {
    const InotifyEvent event = std::move(events_.front());
    events_.pop_front();
    OnEvent(event);
  }
  return true;
}

void TreeWatch::OnEvent(const InotifyEvent& event) {
  if (event.mask & IN_Q_OVERFLOW) return StartAnew();
  if (event.watch == parent_watch_ && event.name == root_name_) return OnRootEvent(IN_DELETE_SELF);
  const auto directory = directories_.find(event.watch);
  if (directory == directories_.end()) return;
  if (!event.name.empty()) return OnName(event, Join(directory->second, event.name));
  if (event.watch == root_watch_) OnRootEvent(event.mask);
  if (event.mask & IN_IGNORED) directories_.erase(directory);
}

void TreeWatch::OnRootEvent(uint32_t mask) {
  std::string_view event;
  if (mask & IN_UNMOUNT) {
    event = "root_unmounted";
  } else if (mask & IN_MOVE_SELF) {
    event = "root_moved";
  } else if (mask & (IN_DELETE_SELF | IN_IGNORED)) {
    event = "root_deleted";
  } else {
    return;
  }
  End({event, root_, true, "", "the watched directory is gone", S_OK});
}

void TreeWatch::OnName(const InotifyEvent& event, const std::string& path) {
  const bool is_directory = (event.mask & IN_ISDIR) != 0;
  if (event.mask & (IN_CREATE | IN_MOVED_TO)) {
    OnAppeared(event, path);
  } else if (event.mask & IN_MODIFY) {
    Emit({"modify", path, is_directory});
  } else if (event.mask & IN_MOVED_FROM) {
    OnMovedFrom(event, path);
  } else if (event.mask & IN_DELETE) {
    announced_.erase({event.watch, event.name});
    Emit({"delete", path, is_directory});
  }
}

void TreeWatch::OnAppeared(const InotifyEvent& event, const std::string& path) {
  const bool is_directory = (event.mask & IN_ISDIR) != 0;
  if (announced_.erase({event.watch, event.name}) == 0) Emit({"create", path, is_directory});
  if (is_directory && recursive_) Add({path, true, false});
}

void TreeWatch::OnMovedFrom(const InotifyEvent& event, const std::string& path) {
  const bool is_directory = (event.mask & IN_ISDIR) != 0;
  announced_.erase({event.watch, event.name});
  const std::optional<InotifyEvent> to = TakeOtherHalf(event.cookie);
  const auto target = to ? directories_.find(to->watch) : directories_.end();
  if (target == directories_.end()) {
    if (is_directory) ForgetBelow(path);
    Emit({"delete", path, is_directory});
    return;
  }
  const std::string new_path = Join(target->second, to->name);
  announced_.erase({to->watch, to->name});
  if (is_directory) RenameBelow(path, new_path);
  Emit({"move", new_path, is_directory, path});
  if (is_directory && recursive_) Add({new_path, true, true});
}

std::optional<InotifyEvent> TreeWatch::TakeOtherHalf(uint32_t cookie) {
  for (bool waited = false;;) {
    const auto found = std::find_if(events_.begin(), events_.end(), [&](const auto& event) {
      return (event.mask & IN_MOVED_TO) != 0 && event.cookie == cookie;
    });
    if (found != events_.end()) {
      InotifyEvent event = std::move(*found);
      events_.erase(found);
      return event;
    }
    if (events_.size() > kMoveLookAhead) return std::nullopt;
    if (inotify_->Read(&events_)) continue;
    if (waited) return std::nullopt;
    waited = true;
    pollfd item = {fd(), POLLIN, 0};
    poll(&item, 1, kMoveGraceMs);
  }
}

void TreeWatch::RenameBelow(const std::string& from, const std::string& to) {
  for (auto& [watch, path] : directories_) {
    if (path == from || IsBelow(path, from)) path.replace(0, from.size(), to);
  }
}

void TreeWatch::ForgetBelow(const std::string& path) {
  for (auto at = directories_.begin(); at != directories_.end();) {
    if (at->second == path || IsBelow(at->second, path)) {
      inotify_->RemoveWatch(at->first);
      at = directories_.erase(at);
    } else {
      ++at;
    }
  }
}

// The kernel has dropped events: no path that is known here is certain any more.
void TreeWatch::StartAnew() {
  events_.clear();
  announced_.clear();
  directories_.clear();
  parent_watch_ = -1;
  Failure failure = {S_OK, ""};
  if (!Open(&failure)) {
    const bool gone = failure.hresult == HresultFromErrno(ENOENT);
    return End({gone ? "root_deleted" : "unwatched", root_, true, "", failure.message,
                gone ? S_OK : failure.hresult});
  }
  Emit({"overflow", root_, true, "", "the kernel dropped events; the tree is watched anew",
        S_FALSE});
}

void TreeWatch::Unwatched(const std::string& path, int error) {
  // One limit stops the watching of many directories: said once for all of them.
  if (error == ENOSPC && at_limit_) return;
  at_limit_ = error == ENOSPC;
  Emit({"unwatched", path, true, "", InotifyFailure(path, error).message, S_FALSE});
}

void TreeWatch::End(Change change) {
  change.final = true;
  Emit(change);
  ended_ = true;
}

void TreeWatch::Emit(const Change& change) {
  if (!ended_ && !sink_(change)) ended_ = true;
}

}  // namespace rsca::managers::file
