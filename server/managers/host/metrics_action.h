// `host.metrics` at work: a thread that takes a reading each interval and reports what happened
// since the one before.
#ifndef RSCA_SERVER_MANAGERS_HOST_METRICS_ACTION_H_
#define RSCA_SERVER_MANAGERS_HOST_METRICS_ACTION_H_

#include <cstdint>
#include <thread>

#include "absl/time/time.h"
#include "common/mutex.h"
#include "server/managers/base/manager.h"
#include "server/managers/host/reading.h"

namespace rsca::managers {

// The first moment after `now` that is a whole number of intervals from `start`. A thread that
// overslept thus skips moments and never falls out of step.
absl::Duration NextTick(absl::Duration start, absl::Duration interval, absl::Duration now);

class MetricsAction final : public Action {
 public:
  // Ends by itself after `count` samples, the last being the final result; 0: never. Throws
  // std::system_error when there is no thread to be had.
  MetricsAction(absl::Duration interval, uint64_t count, Reporter reporter);
  ~MetricsAction() override;

  // At once, but for a sample that is waiting for its reader.
  void Stop() override;

 private:
  void Run();
  // False when the action was stopped before.
  bool SleepUntil(absl::Duration due);

  const absl::Duration interval_;
  const uint64_t count_;
  const Reporter reporter_;
  Mutex mutex_;
  CondVar stopped_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace rsca::managers

#endif  // RSCA_SERVER_MANAGERS_HOST_METRICS_ACTION_H_
