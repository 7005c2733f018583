// What a state machine has decided to do outside, in order.
#ifndef RSCA_SERVER_WORKERS_EFFECTS_H_
#define RSCA_SERVER_WORKERS_EFFECTS_H_

#include <deque>
#include <functional>
#include <utility>

#include "common/mutex.h"

namespace rsca::workers {

// Thread-safe. A state machine adds effects while it holds its lock, so that they have the order of
// its decisions, and runs them when it has released it: one after the other, whatever the number of
// threads, for an effect may lead to more of them.
class Effects {
 public:
  void Add(std::function<void()> effect) {
    MutexLock lock(&mutex_);
    queue_.push_back(std::move(effect));
  }

  // Returns when all have run, or at once if another call, perhaps further up on this thread, is
  // running them.
  void Run() {
    while (true) {
      std::function<void()> effect;
      {
        MutexLock lock(&mutex_);
        if (running_ || queue_.empty()) return;
        running_ = true;
        effect = std::move(queue_.front());
        queue_.pop_front();
      }
      effect();
      MutexLock lock(&mutex_);
      running_ = false;
    }
  }

 private:
  Mutex mutex_;
  bool running_ ABSL_GUARDED_BY(mutex_) = false;
  std::deque<std::function<void()>> queue_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace rsca::workers

#endif  // RSCA_SERVER_WORKERS_EFFECTS_H_
