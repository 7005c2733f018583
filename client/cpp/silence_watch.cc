#include "client/cpp/silence_watch.h"

#include <utility>

namespace rsca::client::internal {

std::shared_ptr<SilenceWatch> SilenceWatch::Start(Timers* timers, absl::Duration interval,
                                                  std::function<void()> give_up) {
  std::shared_ptr<SilenceWatch> watch(new SilenceWatch(timers, interval, std::move(give_up)));
  watch->Arm();
  return watch;
}

void SilenceWatch::Arm() {
  timers_->After(interval_, [weak = weak_from_this()] {
    // The timers run this, so they are there still.
    if (const std::shared_ptr<SilenceWatch> watch = weak.lock()) watch->Tick();
  });
}

void SilenceWatch::Tick() {
  int ticks = waiting_ticks_;
  // The first tick of a read comes after less than a whole interval, hence one more.
  if (ticks > kMissedIntervals - 1) {
    gave_up_ = true;
    give_up_();
    return;
  }
  // Fails when a read began or ended meanwhile: then this tick does not count.
  if (ticks != kNotReading) waiting_ticks_.compare_exchange_strong(ticks, ticks + 1);
  Arm();
}

}  // namespace rsca::client::internal
