// Timers whose time stands still until a test moves it.
#ifndef RSCA_TESTS_SUPPORT_FAKE_TIMERS_H_
#define RSCA_TESTS_SUPPORT_FAKE_TIMERS_H_

#include <algorithm>
#include <map>
#include <utility>

#include "common/timers.h"

namespace rsca {

// Thread-safe. Actions run on the thread that calls Advance.
class FakeTimers final : public Timers {
 public:
  absl::Duration Now() override {
    MutexLock lock(&mutex_);
    return now_;
  }

  Id After(absl::Duration delay, std::function<void()> action) override {
    MutexLock lock(&mutex_);
    const Id id = ++last_id_;
    queue_.emplace(std::make_pair(now_ + std::max(delay, absl::ZeroDuration()), id),
                   std::move(action));
    return id;
  }

  void Cancel(Id id) override {
    MutexLock lock(&mutex_);
    for (auto entry = queue_.begin(); entry != queue_.end(); ++entry) {
      if (entry->first.second != id) continue;
      queue_.erase(entry);
      return;
    }
  }

  // Moves time on and runs, in order, what falls due on the way.
  void Advance(absl::Duration step) {
    mutex_.Lock();
    const absl::Duration target = now_ + step;
    while (!queue_.empty() && queue_.begin()->first.first <= target) {
      const auto first = queue_.begin();
      now_ = std::max(now_, first->first.first);
      const std::function<void()> action = std::move(first->second);
      queue_.erase(first);
      mutex_.Unlock();
      action();
      mutex_.Lock();
    }
    now_ = target;
    mutex_.Unlock();
  }

  // Moves time on at once: what falls due on the way runs late, as in a process that was stopped.
  void Jump(absl::Duration step) {
    {
      MutexLock lock(&mutex_);
      now_ += step;
    }
    Advance(absl::ZeroDuration());
  }

  // How many timers have not gone off.
  size_t pending() {
    MutexLock lock(&mutex_);
    return queue_.size();
  }

 private:
  Mutex mutex_;
  absl::Duration now_ ABSL_GUARDED_BY(mutex_) = absl::ZeroDuration();
  Id last_id_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<std::pair<absl::Duration, Id>, std::function<void()>> queue_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace rsca

#endif  // RSCA_TESTS_SUPPORT_FAKE_TIMERS_H_
