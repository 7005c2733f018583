#include "server/managers/file/log_files.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <deque>

#include "server/managers/file/regular_file.h"

namespace rsca::managers::file {
namespace {

// How long the second half of a move is waited for; the kernel queues both at once, nearly.
constexpr int kMoveGraceMs = 20;
// When descriptors or memory have run out, nothing tells when there are some again.
constexpr int kRetryMs = 1000;
// Openings in a row that renames have overtaken. A name that moves still faster is opened at last
// where it is then.
constexpr int kMaxRounds = 100;

bool IsShortage(int error) { return error == EMFILE || error == ENFILE || error == ENOMEM; }

bool WaitReadable(int fd, int timeout_ms) {
  pollfd item = {fd, POLLIN, 0};
  return poll(&item, 1, timeout_ms) > 0;
}

}  // namespace

LogFiles::LogFiles(std::string path) : path_watch_(&inotify_, std::move(path)) {}

std::unique_ptr<LogFiles> LogFiles::Open(const std::string& path, bool wait_for_file,
                                         Failure* failure) {
  std::unique_ptr<LogFiles> files(new LogFiles(path));
  if (files->inotify_.fd() < 0) {
    *failure = InotifyFailure(path, errno);
    return nullptr;
  }
  files->Follow();
  if (const auto failed = files->failure()) {
    // What is wrong with the path itself says more than what is wrong with watching it.
    if (OpenRegularFile(path, failure) || wait_for_file) *failure = *failed;
    return nullptr;
  }
  if (files->files().empty()) {
    const UniqueFd opened = OpenRegularFile(path, failure);
    const bool missing = failure->hresult == HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND);
    if (!opened && !(missing && wait_for_file)) return nullptr;
    *failure = {S_OK, ""};
  }
  files->thread_ = std::thread([raw = files.get()] { raw->Run(); });
  return files;
}

LogFiles::~LogFiles() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
  }
  wake_.Signal();
  if (thread_.joinable()) thread_.join();
}

std::vector<std::shared_ptr<const LogFile>> LogFiles::files() {
  MutexLock lock(&mutex_);
  return files_;
}

void LogFiles::WaitForChange() {
  MutexLock lock(&mutex_);
  while (!changed_ && !interrupted_ && !failure_) condition_.Wait(&mutex_);
  changed_ = false;
}

std::optional<Failure> LogFiles::failure() {
  MutexLock lock(&mutex_);
  return failure_;
}

void LogFiles::Interrupt() {
  MutexLock lock(&mutex_);
  interrupted_ = true;
  condition_.NotifyAll();
}

void LogFiles::Retire(const std::shared_ptr<const LogFile>& file) {
  inotify_.RemoveWatch(file->watch);
  {
    MutexLock lock(&mutex_);
    files_.erase(std::remove(files_.begin(), files_.end(), file), files_.end());
  }
  wake_.Signal();
}

void LogFiles::Run() {
  pthread_setname_np(pthread_self(), "file.names");
  for (;;) {
    std::array<pollfd, 2> items = {{{inotify_.fd(), POLLIN, 0}, {wake_.fd(), POLLIN, 0}}};
    poll(items.data(), items.size(), must_retry_ ? kRetryMs : -1);
    wake_.Clear();
    {
      MutexLock lock(&mutex_);
      if (stopping_ || failure_) return;
    }
    Follow();
  }
}

void LogFiles::Follow() {
  must_retry_ = false;
  ReadEvents();
  OpenBirths();
  for (int round = 0; must_walk_ && round < kMaxRounds; ++round) {
    Walk();
    OpenBirths();
  }
  TakeOverBirths();
  if (has_changed_) Changed();
}

void LogFiles::ReadEvents() {
  std::deque<InotifyEvent> events;
  for (bool waited = false;;) {
    while (inotify_.Read(&events)) {
      for (const InotifyEvent& event : events) OnEvent(event);
      events.clear();
    }
    if (waited || !tracker_ || !tracker_->moving()) return;
    waited = true;
    WaitReadable(inotify_.fd(), kMoveGraceMs);
  }
}

void LogFiles::OnEvent(const InotifyEvent& event) {
  if (path_watch_.Affects(event)) must_walk_ = true;
  if (event.watch == path_watch_.watch()) {
    if (!event.name.empty()) tracker_->OnEvent(event);
  } else if (event.name.empty()) {
    has_changed_ = true;
  }
}

// To another directory, or to the same one after events were lost: the file that is there now may
// be a new one. What was born in the former directory has been opened as far as it could be.
void LogFiles::Walk() {
  must_walk_ = false;
  Failure failure = {S_OK, ""};
  const int former_watch = path_watch_.watch();
  const std::string former_name = path_watch_.name();
  if (!path_watch_.Walk(&failure)) return Fail(std::move(failure));
  if (path_watch_.watch() != former_watch || path_watch_.name() != former_name) {
    TakeOverBirths();
    tracker_.reset();
  }
  if (path_watch_.watch() < 0) return;
  if (!tracker_) tracker_.emplace(path_watch_.name());
  tracker_->Presume();
}

// Opening races with renaming. So after everything is opened, events are read again: what they have
// touched is opened once more, under the name it has now.
void LogFiles::OpenBirths() {
  if (!tracker_) return;
  for (int round = 0; round < kMaxRounds; ++round) {
    bool looked = false;
    for (Birth& birth : tracker_->births()) {
      if (!birth.look) continue;
      birth.look = false;
      looked = true;
      OpenBirth(&birth);
    }
    if (!looked) return;
    ReadEvents();
  }
}

void LogFiles::OpenBirth(Birth* birth) {
  if (birth->name.empty()) return;  // keeps what was found before
  struct stat status = {};
  if (fstatat(path_watch_.directory(), birth->name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    birth->error = errno;
    return;
  }
  if (S_ISLNK(status.st_mode) && birth->name == tracker_->name()) must_walk_ = true;
  if (!S_ISREG(status.st_mode)) {
    birth->error = EINVAL;
    return;
  }
  if (!HasRoom()) {
    birth->error = EMFILE;
    return;
  }
  UniqueFd fd(openat(path_watch_.directory(), birth->name.c_str(),
                     O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW));
  birth->error = fd ? 0 : errno;
  if (fd) birth->fd = std::move(fd);
}

bool LogFiles::HasRoom() {
  size_t open = 0;
  for (const Birth& birth : tracker_->births()) open += birth.fd ? 1 : 0;
  MutexLock lock(&mutex_);
  return files_.size() + open < kMaxFiles;
}

// In order: a file whose turn it is, but that cannot be opened for now, holds up later ones.
void LogFiles::TakeOverBirths() {
  if (!tracker_) return;
  std::list<Birth>& births = tracker_->births();
  while (!births.empty()) {
    Birth& birth = births.front();
    const bool is_last = births.size() == 1;
    if (birth.fd) {
      if (!TakeOver(&birth)) return;
    } else if (!birth.name.empty()) {
      if (IsShortage(birth.error) || birth.look) {
        for (Birth& unopened : births) unopened.look = unopened.look || !unopened.fd;
        must_retry_ = true;
        return;
      }
      // What is last may yet become readable, or be moved: an event will tell.
      if (is_last && !(birth.presumed && birth.error == ENOENT)) return;
    }
    births.pop_front();
  }
}

// False when it cannot be watched.
bool LogFiles::TakeOver(Birth* birth) {
  struct stat status = {};
  if (fstat(birth->fd.Get(), &status) != 0 || !S_ISREG(status.st_mode)) return true;
  auto file = std::make_shared<LogFile>();
  file->device = status.st_dev;
  file->inode = status.st_ino;
  {
    MutexLock lock(&mutex_);
    for (const auto& known : files_) {
      if (known->device == file->device && known->inode == file->inode) return true;
    }
  }
  file->watch = inotify_.AddWatch(birth->fd.Get(), IN_MODIFY | IN_ATTRIB);
  if (file->watch < 0) {
    Fail(InotifyFailure("a file named " + tracker_->name(), -file->watch));
    return false;
  }
  file->fd = std::move(birth->fd);
  MutexLock lock(&mutex_);
  files_.push_back(std::move(file));
  has_changed_ = true;
  return true;
}

void LogFiles::Fail(Failure failure) {
  MutexLock lock(&mutex_);
  if (!failure_) failure_ = std::move(failure);
  condition_.NotifyAll();
}

void LogFiles::Changed() {
  has_changed_ = false;
  MutexLock lock(&mutex_);
  changed_ = true;
  condition_.NotifyAll();
}

}  // namespace rsca::managers::file
