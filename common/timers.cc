#include "common/timers.h"

#include <chrono>

namespace rsca {

ThreadTimers::ThreadTimers() : thread_([this] { Run(); }) {}

ThreadTimers::~ThreadTimers() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
    changed_.NotifyAll();
  }
  thread_.join();
}

absl::Duration ThreadTimers::Now() {
  return absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
}

Timers::Id ThreadTimers::After(absl::Duration delay, std::function<void()> action) {
  const absl::Duration due = Now() + std::max(delay, absl::ZeroDuration());
  MutexLock lock(&mutex_);
  const Id id = ++last_id_;
  const auto position = queue_.emplace(Due{due, id}, std::move(action)).first;
  due_[id] = due;
  if (position == queue_.begin()) changed_.NotifyAll();
  return id;
}

void ThreadTimers::Cancel(Id id) {
  std::function<void()> dropped;  // destroyed after the lock: it may own anything
  MutexLock lock(&mutex_);
  const auto found = due_.find(id);
  if (found == due_.end()) return;
  const auto entry = queue_.find(Due{found->second, id});
  dropped = std::move(entry->second);
  queue_.erase(entry);
  due_.erase(found);
}

void ThreadTimers::Run() {
  while (true) {
    std::function<void()> action;
    {
      MutexLock lock(&mutex_);
      while (!stopping_ && (queue_.empty() || queue_.begin()->first.first > Now())) {
        if (queue_.empty()) {
          changed_.Wait(&mutex_);
        } else {
          changed_.WaitFor(&mutex_, queue_.begin()->first.first - Now());
        }
      }
      if (stopping_) return;
      const auto first = queue_.begin();
      action = std::move(first->second);
      due_.erase(first->first.second);
      queue_.erase(first);
    }
    action();
  }
}

}  // namespace rsca
