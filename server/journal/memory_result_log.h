// The window of an attached registration: its newest results, in memory.
#ifndef RSCA_SERVER_JOURNAL_MEMORY_RESULT_LOG_H_
#define RSCA_SERVER_JOURNAL_MEMORY_RESULT_LOG_H_

#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "common/mutex.h"
#include "server/journal/result_log.h"
#include "server/journal/waiting_readers.h"
#include "server/journal/window_budget.h"

namespace rsca::journal {

// Keeps every entry that some reader has not read yet, and of the others as many as the window and
// the common budget have room for. Whoever appends is told how many bytes the slowest reader has
// passed, and appends no more than was passed: that bounds the first part. Without readers nothing
// is passed.
class MemoryResultLog final : public ResultLog,
                              public Trimmable,
                              public std::enable_shared_from_this<MemoryResultLog> {
 public:
  // Called without locks, on the thread of the reader that went on, with the cost that all readers
  // have now passed.
  using PassedCallback = std::function<void(uint64_t bytes)>;

  // `reserved_bytes` were reserved in `budget`, which outlives the log; Seal gives them back.
  static std::shared_ptr<MemoryResultLog> Make(uint64_t window_bytes, uint64_t reserved_bytes,
                                               WindowBudget* budget, PassedCallback on_passed);
  ~MemoryResultLog() override;

  Wakeups Append(std::vector<Entry> entries) override;
  Wakeups Seal() override;
  bool ReserveMore(uint64_t bytes) override;
  absl::StatusOr<std::unique_ptr<LogReader>> OpenReader(
      std::optional<uint64_t> after, std::shared_ptr<ReaderListener> listener) override;
  uint64_t first_sequence() const override;
  uint64_t last_sequence() const override;
  uint64_t kept_bytes() const override;

  // Drops what no reader needs any more, but never the last entry of a sealed log: late clients
  // still learn the end.
  void Trim() override;

 private:
  class Reader;

  MemoryResultLog(uint64_t window_bytes, uint64_t reserved_bytes, WindowBudget* budget,
                  PassedCallback on_passed);

  size_t Read(Reader* reader, const ReadLimits& limits, std::vector<grpc::Slice>* out);
  void Close(Reader* reader);
  bool AtEnd(const Reader& reader) const;

  // The newest sequence that may be dropped.
  uint64_t Droppable() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Returns what the budget counts less then.
  int64_t DropFront() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void DropUpTo(uint64_t sequence) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void KeepWithinLimits() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Moves `passed_` up to `sequence`; returns the cost in between.
  uint64_t PassUpTo(uint64_t sequence) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  uint64_t PassUpToSlowest() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const uint64_t window_bytes_;
  WindowBudget* const budget_;
  const PassedCallback on_passed_;

  mutable Mutex mutex_;
  std::deque<Entry> entries_ ABSL_GUARDED_BY(mutex_);
  uint64_t first_ ABSL_GUARDED_BY(mutex_) = 1;   // sequence of entries_.front()
  uint64_t cost_ ABSL_GUARDED_BY(mutex_) = 0;    // of entries_
  uint64_t passed_ ABSL_GUARDED_BY(mutex_) = 0;  // all readers have been past this sequence
  bool sealed_ ABSL_GUARDED_BY(mutex_) = false;
  WindowReservation reservation_ ABSL_GUARDED_BY(mutex_);      // until it is sealed
  std::multiset<uint64_t> positions_ ABSL_GUARDED_BY(mutex_);  // of the readers
  WaitingReaders waiting_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace rsca::journal

#endif  // RSCA_SERVER_JOURNAL_MEMORY_RESULT_LOG_H_
