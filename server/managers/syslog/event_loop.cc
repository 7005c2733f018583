#include "server/managers/syslog/event_loop.h"

#include <pthread.h>
#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "server/managers/syslog/steady_now.h"

namespace rsca::managers::syslog {
namespace {

// Event data of descriptors that are no sources; generations of sources are never 0.
constexpr uint64_t kWake = 0;
constexpr uint64_t kGated = 1;

UniqueFd MakeEpoll() {
  UniqueFd epoll(epoll_create1(EPOLL_CLOEXEC));
  if (!epoll) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  return epoll;
}

int Control(int epoll_fd, int operation, int fd, uint32_t events, uint64_t data) {
  epoll_event event = {};
  event.events = events;
  event.data.u64 = data;
  return epoll_ctl(epoll_fd, operation, fd, &event) == 0 ? 0 : errno;
}

uint64_t EventData(int fd, uint32_t generation) {
  return (static_cast<uint64_t>(generation) << 32) | static_cast<uint32_t>(fd);
}

}  // namespace

EventLoop::EventLoop(std::function<absl::Duration()> gate)
    : gate_(std::move(gate)), epoll_(MakeEpoll()), gated_epoll_(MakeEpoll()) {
  int error = Control(epoll_.Get(), EPOLL_CTL_ADD, wake_.fd(), EPOLLIN, kWake);
  if (error == 0) {
    error = Control(epoll_.Get(), EPOLL_CTL_ADD, gated_epoll_.Get(), EPOLLIN, kGated);
  }
  if (error != 0) throw std::system_error(error, std::generic_category(), "epoll_ctl");
  thread_ = std::thread([this] { Run(); });
}

bool EventLoop::Post(std::function<void()> task) {
  MutexLock lock(&mutex_);
  if (stopping_) return false;
  tasks_.push_back(std::move(task));
  wake_.Signal();
  return true;
}

void EventLoop::Stop() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
  }
  wake_.Signal();
  if (thread_.joinable()) thread_.join();
}

int EventLoop::Watch(int fd, uint32_t events, bool gated, Source* source) {
  const uint32_t generation = ++next_generation_;
  const int error = Control(gated ? gated_epoll_.Get() : epoll_.Get(), EPOLL_CTL_ADD, fd, events,
                            EventData(fd, generation));
  if (error == 0) watched_[fd] = {source, generation, gated};
  return error;
}

void EventLoop::Unwatch(int fd) {
  const auto found = watched_.find(fd);
  if (found == watched_.end()) return;
  Control(found->second.gated ? gated_epoll_.Get() : epoll_.Get(), EPOLL_CTL_DEL, fd, 0, 0);
  watched_.erase(found);
  resumed_.erase(fd);
}

void EventLoop::SetEvents(int fd, uint32_t events) {
  const auto found = watched_.find(fd);
  if (found == watched_.end()) return;
  Control(epoll_.Get(), EPOLL_CTL_MOD, fd, events, EventData(fd, found->second.generation));
}

void EventLoop::RunAfter(absl::Duration delay, std::function<void()> task) {
  timers_.emplace(SteadyNow() + delay, std::move(task));
}

void EventLoop::Run() {
  pthread_setname_np(pthread_self(), "syslog");
  for (;;) {
    RunTasks();
    {
      // Nothing is posted any more once it is stopping.
      MutexLock lock(&mutex_);
      if (stopping_ && tasks_.empty()) return;
    }
    RunTimers();
    const absl::Duration closed = gate_();
    SetGate(closed == absl::ZeroDuration());
    if (gate_open_) RunResumed();
    const auto timeout =
        absl::ToInt64Milliseconds(absl::Ceil(TimeToWait(closed), absl::Milliseconds(1)));
    Dispatch(epoll_.Get(), static_cast<int>(timeout));
  }
}

void EventLoop::RunTasks() {
  std::vector<std::function<void()>> tasks;
  {
    MutexLock lock(&mutex_);
    tasks.swap(tasks_);
  }
  for (const auto& task : tasks) task();
}

void EventLoop::RunTimers() {
  const absl::Time now = SteadyNow();
  while (!timers_.empty() && timers_.begin()->first <= now) {
    const auto task = std::move(timers_.begin()->second);
    timers_.erase(timers_.begin());
    task();
  }
}

// Those that find the gate closed again put themselves back.
void EventLoop::RunResumed() {
  std::set<int> resumed;
  resumed.swap(resumed_);
  for (const int fd : resumed) {
    const auto found = watched_.find(fd);
    if (found != watched_.end()) found->second.source->OnReady(0);
  }
}

void EventLoop::SetGate(bool open) {
  if (open == gate_open_) return;
  gate_open_ = open;
  Control(epoll_.Get(), EPOLL_CTL_MOD, gated_epoll_.Get(), open ? uint32_t{EPOLLIN} : 0, kGated);
}

// No longer than until the gate opens or a timer is due, a minute at most, and not at all when
// something was resumed and is waiting for its next turn.
absl::Duration EventLoop::TimeToWait(absl::Duration gate_closed) const {
  absl::Duration wait = absl::Minutes(1);
  if (!gate_open_) wait = std::min(wait, gate_closed);
  if (gate_open_ && !resumed_.empty()) wait = absl::ZeroDuration();
  if (!timers_.empty()) wait = std::min(wait, timers_.begin()->first - SteadyNow());
  return std::max(wait, absl::ZeroDuration());
}

void EventLoop::Dispatch(int epoll_fd, int timeout_ms) {
  std::array<epoll_event, 64> events;
  // A failure is an interrupted wait, which the next one makes good.
  const int count = epoll_wait(epoll_fd, events.data(), events.size(), timeout_ms);
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<size_t>(i)];
    if (event.data.u64 == kWake) {
      wake_.Clear();
    } else if (event.data.u64 == kGated) {
      Dispatch(gated_epoll_.Get(), 0);
    } else {
      const auto found = watched_.find(static_cast<int>(event.data.u64 & 0xffffffffu));
      // Not one that an earlier event of this round has ended.
      if (found != watched_.end() && found->second.generation == event.data.u64 >> 32) {
        found->second.source->OnReady(event.events);
      }
    }
  }
}

}  // namespace rsca::managers::syslog
