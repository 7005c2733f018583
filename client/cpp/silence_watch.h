// Ends a call whose server has gone silent.
#ifndef RSCA_CLIENT_CPP_SILENCE_WATCH_H_
#define RSCA_CLIENT_CPP_SILENCE_WATCH_H_

#include <atomic>
#include <functional>
#include <memory>

#include "absl/time/time.h"
#include "common/timers.h"

namespace rsca::client::internal {

// Counts ticks, one each `interval`, while a read waits; at kMissedIntervals whole ones it calls
// `give_up`, once. Ticks instead of a clock: when this process was stopped or the machine slept,
// one late tick is no proof that the server was silent.
//
// Thread-safe. The timer holds a weak reference; `give_up` must hold no channel and no Timers.
class SilenceWatch : public std::enable_shared_from_this<SilenceWatch> {
 public:
  static constexpr int kMissedIntervals = 3;

  static std::shared_ptr<SilenceWatch> Start(Timers* timers, absl::Duration interval,
                                             std::function<void()> give_up);

  // A read waits from BeginRead to EndRead.
  void BeginRead() { waiting_ticks_ = 0; }
  void EndRead() { waiting_ticks_ = kNotReading; }

  bool gave_up() const { return gave_up_; }

 private:
  static constexpr int kNotReading = -1;

  SilenceWatch(Timers* timers, absl::Duration interval, std::function<void()> give_up)
      : timers_(timers), interval_(interval), give_up_(std::move(give_up)) {}

  void Arm();
  void Tick();

  Timers* const timers_;
  const absl::Duration interval_;
  const std::function<void()> give_up_;
  std::atomic<int> waiting_ticks_ = kNotReading;
  std::atomic<bool> gave_up_ = false;
};

}  // namespace rsca::client::internal

#endif  // RSCA_CLIENT_CPP_SILENCE_WATCH_H_
