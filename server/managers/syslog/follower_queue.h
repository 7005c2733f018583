// What one follower has still to report: messages, and in their places how many were dropped.
#ifndef RSCA_SERVER_MANAGERS_SYSLOG_FOLLOWER_QUEUE_H_
#define RSCA_SERVER_MANAGERS_SYSLOG_FOLLOWER_QUEUE_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string_view>

#include "absl/time/time.h"
#include "common/mutex.h"
#include "server/managers/syslog/filter.h"
#include "server/managers/syslog/holds.h"
#include "server/managers/syslog/record.h"

namespace rsca::managers::syslog {

struct QueueLimits {
  size_t messages = 8192;
  size_t bytes = size_t{16} << 20;
  absl::Duration hold = absl::Seconds(5);
};

// Messages that are missing at this place of a follower's stream.
struct Gap {
  enum class Reason { kKernel, kQueueFull, kTooLarge };

  Reason reason = Reason::kKernel;
  uint64_t count = 0;
  uint64_t first = 0;  // numbers of the first and the last; 0: never had any
  uint64_t last = 0;
  DWORD channel = 0;  // of a kernel's
};

// Exactly one of both.
struct QueueEntry {
  std::shared_ptr<const Record> record;
  std::optional<Gap> gap;
};

// A queue that is full holds the channels that can wait, until half of it is free or `hold` has
// passed. Then it lags: what it has no room for is dropped and counted, until half of it is free.
// Thread-safe.
class FollowerQueue {
 public:
  FollowerQueue(std::unique_ptr<const Filter> filter, const QueueLimits& limits, Holds* holds);

  const Filter& filter() const { return *filter_; }

  // Comes before what is offered, and does not count against the limits.
  void AddBuffered(std::shared_ptr<const Record> record);

  // The filter has been asked.
  void Offer(const std::shared_ptr<const Record>& record);
  void OfferKernelGap(DWORD channel, uint64_t count);

  // The next one, waiting for it. Nothing once the queue is closed and empty.
  std::optional<QueueEntry> Next();

  // No more is taken, and no channel is held. What is in it is still given out.
  void Close();

  // For how long it will hold; zero when it does not, as when its time was up.
  absl::Duration HoldsFor(absl::Time steady_now);

  struct State {
    size_t queued = 0;
    uint64_t dropped = 0;  // for want of room
    bool lagging = false;
  };
  State state();

 private:
  enum class Pace { kKeepsUp, kHolds, kLags };

  bool IsFullLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool IsHalfFreeLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SetPaceLocked(Pace pace) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void AddGapLocked(const Gap& gap) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::unique_ptr<const Filter> filter_;
  const QueueLimits limits_;
  Holds* const holds_;
  Mutex mutex_;
  CondVar changed_;
  std::deque<QueueEntry> entries_ ABSL_GUARDED_BY(mutex_);
  size_t uncounted_ ABSL_GUARDED_BY(mutex_) = 0;  // of entries_: the buffered ones, in front
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t dropped_ ABSL_GUARDED_BY(mutex_) = 0;
  Pace pace_ ABSL_GUARDED_BY(mutex_) = Pace::kKeepsUp;
  absl::Time hold_ends_ ABSL_GUARDED_BY(mutex_);
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace rsca::managers::syslog

#endif  // RSCA_SERVER_MANAGERS_SYSLOG_FOLLOWER_QUEUE_H_
