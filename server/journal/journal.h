// The journal: what durable registrations have reported, and what is known about them, on disk.
// server/journal/FORMAT.md says how it is stored, server/README.md what it promises.
#ifndef RSCA_SERVER_JOURNAL_JOURNAL_H_
#define RSCA_SERVER_JOURNAL_JOURNAL_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/mutex.h"
#include "common/timers.h"
#include "server/journal/committer.h"
#include "server/journal/durable_result_log.h"
#include "server/journal/journal_clock.h"
#include "server/journal/reclaimer.h"
#include "server/journal/scrubber.h"
#include "server/journal/store_keeper.h"
#include "server/journal/window_budget.h"

namespace rsca::journal {

struct JournalOptions {
  std::string directory;
  SyncPolicy sync;
  Retention retention;             // of each log
  uint64_t max_results = 0;        // of all logs together; 0 for no limit
  uint64_t max_bytes = 0;          // of all logs together; 0 for no limit
  const Uptime* uptime = nullptr;  // outlives the journal; null for the host's
  rocksdb::Env* env = nullptr;     // outlives the journal; null for the host's
};

// Thread-safe.
class Journal {
 public:
  // Opens or makes it. See StoreKeeper::Open for the errors. The arguments outlive the journal; the
  // listener is called on the journal's thread, without locks.
  static absl::StatusOr<std::unique_ptr<Journal>> Open(const JournalOptions& options,
                                                       WindowBudget* budget, Timers* timers,
                                                       JournalListener* listener);
  // As Close. No log may be left.
  ~Journal();

  // What was in it when it was opened, oldest first. Whoever takes it makes the logs anew.
  struct Recovered {
    DurableResultLog::Place place;
    std::string record;
  };
  std::vector<Recovered> TakeRecovered();

  // Newest results were lost, as a repair has found: numbers that clients may have must not be
  // given out again. False once ClearDamage was called.
  bool damaged() const { return damaged_; }
  void ClearDamage();

  // A log for a registration, new or recovered. `reserved_bytes`: see DurableResultLog::Make.
  std::shared_ptr<DurableResultLog> MakeLog(uint64_t reserved_bytes,
                                            DurableResultLog::WrittenCallback on_written);
  std::shared_ptr<DurableResultLog> MakeLog(const DurableResultLog::Place& place,
                                            uint64_t reserved_bytes,
                                            DurableResultLog::WrittenCallback on_written);

  // Its age: a clock that goes on over restarts and that no wall clock disturbs.
  absl::Duration Now() const { return clock_.Now(); }

  // OK, or why it takes nothing at present.
  absl::Status status() const { return committer_->status(); }

  // Enforces retention by time and for the whole journal, as is done every second.
  void EnforceRetention();

  // Waits until what is queued now is committed, or the time has passed.
  void Flush(absl::Duration limit);

  // Commits and syncs what is queued. Nothing is committed afterwards. One thread.
  void Close();

 private:
  class Upkeep;
  class Undamaged;
  class Barrier;

  Journal(const JournalOptions& options, std::unique_ptr<StoreKeeper> keeper,
          const std::optional<ClockReading>& clock, WindowBudget* budget, Timers* timers,
          JournalListener* listener);

  absl::Status Recover();
  using Logs = std::vector<std::shared_ptr<DurableResultLog>>;
  Logs LiveLogs();
  void EnforceLimits();
  void TendStore();
  // Has the logs that keep most drop what is too much of something in all of them together.
  static void Share(Logs logs, uint64_t most, uint64_t (DurableResultLog::*kept)() const,
                    void (DurableResultLog::*drop)(uint64_t));

  const JournalOptions options_;
  const std::unique_ptr<StoreKeeper> keeper_;
  const JournalClock clock_;
  DurableLogContext context_;
  std::vector<Recovered> recovered_;
  bool damaged_;
  std::unique_ptr<Reclaimer> reclaimer_;
  std::unique_ptr<Committer> committer_;
  std::unique_ptr<Scrubber> scrubber_;
  std::shared_ptr<Upkeep> upkeep_;
  bool closed_ = false;
  uint64_t unflushed_before_ = 0;  // the last time that TendStore looked

  Mutex mutex_;
  uint64_t last_log_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<std::weak_ptr<DurableResultLog>> logs_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace rsca::journal

#endif  // RSCA_SERVER_JOURNAL_JOURNAL_H_
