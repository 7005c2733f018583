#include "server/workers/exit_watcher.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"

namespace rsca::workers {

ExitWatcher::ExitWatcher()
    : epoll_(epoll_create1(EPOLL_CLOEXEC)), stop_event_(eventfd(0, EFD_CLOEXEC)) {
  epoll_event event = {};
  event.events = EPOLLIN;
  event.data.fd = stop_event_;
  epoll_ctl(epoll_, EPOLL_CTL_ADD, stop_event_, &event);
  thread_ = std::thread([this] { Run(); });
}

ExitWatcher::~ExitWatcher() {
  eventfd_write(stop_event_, 1);
  thread_.join();
  MutexLock lock(&mutex_);
  for (const auto& [pidfd, child] : children_) close(pidfd);
  close(stop_event_);
  close(epoll_);
}

absl::Status ExitWatcher::Watch(int pid, int pidfd, std::shared_ptr<ProcessTree> tree,
                                Callback callback) {
  MutexLock lock(&mutex_);
  epoll_event event = {};
  event.events = EPOLLIN;
  event.data.fd = pidfd;
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, pidfd, &event) != 0) {
    const int error = errno;
    close(pidfd);
    return absl::ErrnoToStatus(error, absl::StrCat("cannot watch process ", pid));
  }
  children_.emplace(pidfd, Child{pid, std::move(tree), std::move(callback)});
  return absl::OkStatus();
}

void ExitWatcher::Run() {
  while (true) {
    epoll_event event = {};
    if (epoll_wait(epoll_, &event, 1, -1) != 1) continue;  // EINTR
    if (event.data.fd == stop_event_) return;
    Reap(event.data.fd);
  }
}

void ExitWatcher::Reap(int pidfd) {
  Child child;
  {
    MutexLock lock(&mutex_);
    const auto found = children_.find(pidfd);
    child = std::move(found->second);
    children_.erase(found);
  }
  std::string passed_limit;
  if (child.tree != nullptr) {
    passed_limit = child.tree->PassedLimit();
    child.tree->Kill();
  }
  int status = 0;
  while (waitpid(child.pid, &status, 0) < 0 && errno == EINTR) {
  }
  // Closing alone would not end the watch: the worker has a duplicate of the descriptor.
  epoll_ctl(epoll_, EPOLL_CTL_DEL, pidfd, nullptr);
  close(pidfd);
  WorkerExit exit;
  exit.pid = child.pid;
  if (WIFSIGNALED(status)) {
    exit.signal = WTERMSIG(status);
    exit.reason = passed_limit.empty() ? ExitReason::kSignalled : ExitReason::kLimitPassed;
    exit.detail = passed_limit;
  } else {
    exit.exit_status = WEXITSTATUS(status);
  }
  child.callback(exit);
}

}  // namespace rsca::workers
