// Counts failures within an interval.
#ifndef RSCA_SERVER_WORKERS_FAILURE_WINDOW_H_
#define RSCA_SERVER_WORKERS_FAILURE_WINDOW_H_

#include <algorithm>
#include <deque>

#include "absl/time/time.h"
#include "server/workers/pool_options.h"

namespace rsca::workers {

// Not thread-safe. Times are those of Timers::Now.
class FailureWindow {
 public:
  // Counts one more. True when that makes too many.
  bool Add(const FailureCount& limits, absl::Duration now) {
    while (!times_.empty() && now - times_.front() > limits.interval) times_.pop_front();
    times_.push_back(now);
    return limits.enabled && Count(limits, now) >= static_cast<int>(limits.max_failures);
  }

  // Those that count now.
  int Count(const FailureCount& limits, absl::Duration now) const {
    return static_cast<int>(std::count_if(times_.begin(), times_.end(), [&](absl::Duration time) {
      return now - time <= limits.interval;
    }));
  }

  void Clear() { times_.clear(); }

 private:
  std::deque<absl::Duration> times_;
};

}  // namespace rsca::workers

#endif  // RSCA_SERVER_WORKERS_FAILURE_WINDOW_H_
