// Times of the day at which something is to be done.
#ifndef RSCA_SERVER_WORKERS_RESTART_SCHEDULE_H_
#define RSCA_SERVER_WORKERS_RESTART_SCHEDULE_H_

#include <optional>
#include <set>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace rsca::workers {

// Not thread-safe. Looks at the host's clock, which may be set, and whose time zone skips or
// repeats an hour now and then: each scheduled minute of a day comes once, and one that was skipped
// comes right after the gap.
class RestartSchedule {
 public:
  // `times`: since local midnight, whole minutes.
  RestartSchedule(std::vector<absl::Duration> times, absl::TimeZone zone)
      : times_(std::move(times)), zone_(zone) {}

  // The scheduled minute that has come since the last check, the latest if there were several.
  std::optional<absl::CivilMinute> Check(absl::Time now);

  // How long to wait before the next check.
  absl::Duration UntilNextCheck(absl::Time now) const;

 private:
  const std::vector<absl::Duration> times_;
  const absl::TimeZone zone_;
  std::optional<absl::CivilSecond> last_;
  std::set<absl::CivilMinute> done_;
};

}  // namespace rsca::workers

#endif  // RSCA_SERVER_WORKERS_RESTART_SCHEDULE_H_
