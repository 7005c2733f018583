#include "server/journal/journal_clock.h"

#include <algorithm>
#include <ctime>
#include <fstream>

namespace rsca::journal {
namespace {

class Host final : public Uptime {
 public:
  absl::Duration Now() const override {
    timespec now = {};
    clock_gettime(CLOCK_BOOTTIME, &now);
    return absl::DurationFromTimespec(now);
  }
  std::string BootId() const override {
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::string id;
    std::getline(file, id);
    return id;
  }
};

}  // namespace

const Uptime& HostUptime() {
  static const Host host;
  return host;
}

JournalClock::JournalClock(const Uptime& uptime, const std::optional<ClockReading>& last)
    : uptime_(uptime), boot_id_(uptime.BootId()) {
  const absl::Duration now = uptime.Now();
  absl::Duration age;
  if (last.has_value()) {
    age = absl::Nanoseconds(last->journal_nanos);
    if (last->boot_id == boot_id_) {
      age += std::max(now - absl::Nanoseconds(last->uptime_nanos), absl::ZeroDuration());
    }
  }
  base_ = age - now;
}

absl::Duration JournalClock::Now() const { return base_ + uptime_.Now(); }

uint64_t JournalClock::NowMillis() const {
  return static_cast<uint64_t>(absl::ToInt64Milliseconds(Now()));
}

ClockReading JournalClock::Read() const {
  const absl::Duration uptime = uptime_.Now();
  return {static_cast<uint64_t>(absl::ToInt64Nanoseconds(base_ + uptime)),
          static_cast<uint64_t>(absl::ToInt64Nanoseconds(uptime)), boot_id_};
}

}  // namespace rsca::journal
