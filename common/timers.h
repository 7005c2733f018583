// Things to do later. Everything in the server that depends on time takes a Timers, so that tests
// can put tests/support/fake_timers.h in its place.
#ifndef RSCA_COMMON_TIMERS_H_
#define RSCA_COMMON_TIMERS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <thread>
#include <unordered_map>
#include <utility>

#include "absl/time/time.h"
#include "common/mutex.h"

namespace rsca {

class Timers {
 public:
  using Id = uint64_t;  // 0 is never a timer

  virtual ~Timers() = default;

  // Time since some fixed point; never jumps and never goes back.
  virtual absl::Duration Now() = 0;

  // Calls `action` once, `delay` from now at the earliest, on a thread of the implementation,
  // without locks. The action must not block; what it touches it holds by weak_ptr.
  virtual Id After(absl::Duration delay, std::function<void()> action) = 0;

  // The action will not begin any more, unless it has begun. Never waits for it. 0 and timers that
  // have gone off are ignored.
  virtual void Cancel(Id id) = 0;
};

// One thread and an ordered queue. Thread-safe. Timers that are left at destruction never go off;
// the destructor waits for the action that is running.
class ThreadTimers final : public Timers {
 public:
  ThreadTimers();
  ~ThreadTimers() override;

  absl::Duration Now() override;
  Id After(absl::Duration delay, std::function<void()> action) override;
  void Cancel(Id id) override;

 private:
  using Due = std::pair<absl::Duration, Id>;

  void Run();

  Mutex mutex_;
  CondVar changed_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  Id last_id_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<Due, std::function<void()>> queue_ ABSL_GUARDED_BY(mutex_);
  std::unordered_map<Id, absl::Duration> due_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace rsca

#endif  // RSCA_COMMON_TIMERS_H_
