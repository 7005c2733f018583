#include "server/workers/output_log.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/log.h"

namespace rsca::workers {
namespace {

// So much of each pipe is still read at the end, however fast somebody writes.
constexpr int kLastReads = 16;

absl::Duration Now() {
  return absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
}

OutputLines::Sink SinkFor(const std::string& worker) {
  return {[worker](absl::string_view line, bool continues) {
            if (continues) {
              LogInfo("worker output", {{"worker", worker}, {"line", line}, {"continues", "true"}});
            } else {
              LogInfo("worker output", {{"worker", worker}, {"line", line}});
            }
          },
          [worker](uint64_t lines, uint64_t bytes) {
            LogWarning("worker prints too much; dropped",
                       {{"worker", worker}, {"lines", lines}, {"bytes", bytes}});
          }};
}

bool AddTo(int epoll, int fd) {
  epoll_event event = {};
  event.events = EPOLLIN;
  event.data.fd = fd;
  return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

}  // namespace

OutputLog::Pipe::Pipe(UniqueFd fd, const std::string& worker)
    : read(std::move(fd)), lines(SinkFor(worker)) {}

OutputLog::OutputLog()
    : epoll_(epoll_create1(EPOLL_CLOEXEC)), stop_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  AddTo(epoll_.Get(), stop_.Get());
  thread_ = std::thread([this] { Run(); });
}

OutputLog::~OutputLog() {
  eventfd_write(stop_.Get(), 1);
  thread_.join();
  Finish();
}

absl::StatusOr<UniqueFd> OutputLog::Open(const std::string& worker) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return absl::ErrnoToStatus(errno, "pipe for a worker's output");
  UniqueFd read(ends[0]);
  UniqueFd write(ends[1]);
  const int fd = read.Get();
  // Not the other end: a plug-in that prints expects to wait rather than to fail.
  fcntl(fd, F_SETFL, O_NONBLOCK);
  MutexLock lock(&mutex_);
  if (!AddTo(epoll_.Get(), fd)) {
    return absl::ErrnoToStatus(errno, "cannot wait for a worker's output");
  }
  pipes_.emplace(fd, std::make_unique<Pipe>(std::move(read), worker));
  return write;
}

void OutputLog::Run() {
  pthread_setname_np(pthread_self(), "output");
  int timeout = -1;
  while (true) {
    epoll_event event = {};
    const int count = epoll_wait(epoll_.Get(), &event, 1, timeout);
    if (count == 1 && event.data.fd == stop_.Get()) return;
    if (count == 1) Take(event.data.fd);
    timeout = Tick();
  }
}

void OutputLog::Take(int fd) {
  Pipe* pipe = nullptr;
  {
    MutexLock lock(&mutex_);
    pipe = pipes_.find(fd)->second.get();
  }
  if (Read(pipe)) return;
  pipe->lines.End(Now());
  // Closing alone would not end the watch while a child that is being started has a copy.
  epoll_ctl(epoll_.Get(), EPOLL_CTL_DEL, fd, nullptr);
  MutexLock lock(&mutex_);
  pipes_.erase(fd);
}

bool OutputLog::Read(Pipe* pipe) {
  std::array<char, 65536> buffer;
  const ssize_t got = read(pipe->read.Get(), buffer.data(), buffer.size());
  if (got < 0) return errno == EAGAIN || errno == EINTR;
  pipe->lines.Add(absl::string_view(buffer.data(), static_cast<size_t>(got)), Now());
  return got > 0;
}

// Milliseconds until there is something to tick for again; -1: until something is printed.
int OutputLog::Tick() {
  MutexLock lock(&mutex_);
  const absl::Duration now = Now();
  absl::Duration next = absl::InfiniteDuration();
  for (const auto& [fd, pipe] : pipes_) {
    pipe->lines.Tick(now);
    next = std::min(next, pipe->lines.next_tick());
  }
  if (next == absl::InfiniteDuration()) return -1;
  return static_cast<int>(absl::ToInt64Milliseconds(next - now)) + 1;
}

void OutputLog::Finish() {
  MutexLock lock(&mutex_);
  for (const auto& [fd, pipe] : pipes_) {
    std::array<char, 65536> buffer;
    for (int reads = 0; reads < kLastReads; ++reads) {
      const ssize_t got = read(fd, buffer.data(), buffer.size());
      if (got <= 0) break;
      pipe->lines.Add(absl::string_view(buffer.data(), static_cast<size_t>(got)), Now());
    }
    pipe->lines.End(Now());
  }
  pipes_.clear();
}

}  // namespace rsca::workers
