#include "server/workers/restart_schedule.h"

#include <algorithm>

namespace rsca::workers {
namespace {

// The clock may be set while nobody looks.
constexpr absl::Duration kCheckInterval = absl::Seconds(20);

// A longer gap between two checks is a clock that was set; what would have been in between was not
// missed.
constexpr absl::civil_diff_t kLongestGap = 86'400;  // seconds

// Enough to remember each minute of two days' schedules.
constexpr size_t kRemembered = 200;

absl::CivilMinute At(absl::CivilDay day, absl::Duration time) {
  return absl::CivilMinute(day) + absl::ToInt64Minutes(time);
}

}  // namespace

std::optional<absl::CivilMinute> RestartSchedule::Check(absl::Time now_time) {
  const absl::CivilSecond now = absl::ToCivilSecond(now_time, zone_);
  const absl::CivilSecond last = last_.value_or(now);
  last_ = now;
  if (now <= last || now - last > kLongestGap) return std::nullopt;
  std::optional<absl::CivilMinute> due;
  const absl::CivilDay today(now);
  for (const absl::CivilDay day : {today - 1, today}) {
    for (const absl::Duration time : times_) {
      const absl::CivilMinute minute = At(day, time);
      const absl::CivilSecond begin(minute);
      if (begin <= last || begin > now) continue;
      if (done_.insert(minute).second) due = minute;
    }
  }
  while (done_.size() > kRemembered) done_.erase(done_.begin());
  return due;
}

absl::Duration RestartSchedule::UntilNextCheck(absl::Time now_time) const {
  absl::Duration wait = kCheckInterval;
  const absl::CivilDay today(absl::ToCivilDay(now_time, zone_));
  for (const absl::CivilDay day : {today, today + 1}) {
    for (const absl::Duration time : times_) {
      const absl::Duration left = absl::FromCivil(At(day, time), zone_) - now_time;
      if (left > absl::ZeroDuration()) wait = std::min(wait, left);
    }
  }
  return wait;
}

}  // namespace rsca::workers
