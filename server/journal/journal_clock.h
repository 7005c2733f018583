// The age of a journal: a clock that wall clocks cannot disturb and that goes on over restarts.
#ifndef RSCA_SERVER_JOURNAL_JOURNAL_CLOCK_H_
#define RSCA_SERVER_JOURNAL_JOURNAL_CLOCK_H_

#include <optional>
#include <string>

#include "absl/time/time.h"
#include "server/journal/format.h"

namespace rsca::journal {

// Where uptime comes from; tests put their own in its place.
class Uptime {
 public:
  virtual ~Uptime() = default;
  // Time since the host was booted, with the time that it slept.
  virtual absl::Duration Now() const = 0;
  // Differs from boot to boot.
  virtual std::string BootId() const = 0;
};

// CLOCK_BOOTTIME and /proc/sys/kernel/random/boot_id.
const Uptime& HostUptime();

// Thread-safe.
class JournalClock {
 public:
  // Goes on from a reading: by uptime if it is of this boot, else from where it was.
  JournalClock(const Uptime& uptime, const std::optional<ClockReading>& last);

  // The journal's age.
  absl::Duration Now() const;
  uint64_t NowMillis() const;
  ClockReading Read() const;
  const std::string& boot_id() const { return boot_id_; }

 private:
  const Uptime& uptime_;
  const std::string boot_id_;
  absl::Duration base_;  // age when the host was booted; may be negative
};

}  // namespace rsca::journal

#endif  // RSCA_SERVER_JOURNAL_JOURNAL_CLOCK_H_
