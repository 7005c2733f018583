// Where the results of one registration are kept: bytes and sequence numbers, nothing else.
// Sequences run 1, 2, 3, ... without a gap.
//
// Readers pull: each has a position of its own and reads at its own pace, first what is kept, then
// what comes. A reader that has reached the end is woken once when there is more.
#ifndef RSCA_SERVER_JOURNAL_RESULT_LOG_H_
#define RSCA_SERVER_JOURNAL_RESULT_LOG_H_

#include <grpcpp/support/slice.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace rsca::journal {

// What is stored for one sequence number. Slices share their bytes, so copies are cheap.
struct Entry {
  grpc::Slice bytes;
  // What it counts against windows and credits, in bytes.
  uint64_t cost;
  // Read without others before or after it.
  bool alone = false;
};

// Told when a reader that had nothing left has something again. Must not block.
class ReaderListener {
 public:
  virtual ~ReaderListener() = default;
  virtual void OnReadable() = 0;
  // The same, from a caller who has the time to read and write it on: an idle reader's result then
  // waits for no other thread.
  virtual void OnReadableHere() { OnReadable(); }
};

// Listeners to tell. Whoever gets one from a log calls Wake after releasing its own locks.
class [[nodiscard]] Wakeups {
 public:
  Wakeups() = default;
  explicit Wakeups(std::vector<std::shared_ptr<ReaderListener>> listeners)
      : listeners_(std::move(listeners)) {}

  void Wake() {
    for (const auto& listener : std::exchange(listeners_, {})) listener->OnReadable();
  }

  // Has a single reader go on here. With several, whoever brings results would write all day.
  void WakeHere() {
    if (listeners_.size() != 1) return Wake();
    std::exchange(listeners_, {}).front()->OnReadableHere();
  }

 private:
  std::vector<std::shared_ptr<ReaderListener>> listeners_;
};

// Used by one thread at a time. Destroying it gives its place up.
class LogReader {
 public:
  virtual ~LogReader() = default;

  // Appends to `out` up to `max_entries` entries of together at most `max_bytes` (but at least one;
  // and one that is to be alone is) and moves past them. Returns how many; after 0 the listener is
  // told once when there is more.
  virtual size_t Read(size_t max_entries, size_t max_bytes, std::vector<grpc::Slice>* out) = 0;

  // The sequence of the last entry that was read.
  virtual uint64_t position() const = 0;

  // The log is sealed and everything was read.
  virtual bool AtEnd() const = 0;

  // Why it cannot go on, where Read has returned 0 and nothing more will come: OUT_OF_RANGE
  // (RESULTS_TRUNCATED: retention was faster than the reader), UNAVAILABLE
  // (JOURNAL_UNAVAILABLE) or DATA_LOSS (JOURNAL_DAMAGED).
  virtual absl::Status status() const = 0;

  // What the reader should know while nothing comes: why the log takes no entries at present.
  // Empty: it does. The listener is told of a change.
  virtual std::string notice() const = 0;
};

// Picks the entries of one Read, by its rules.
class EntryPicker {
 public:
  EntryPicker(size_t max_entries, size_t max_bytes) : most_(max_entries), max_bytes_(max_bytes) {}

  // Whether the next entry is to be read, too.
  bool Picks(size_t bytes, bool alone) {
    if (count_ == most_) return false;
    bytes_ += bytes;
    if (count_ > 0 && (bytes_ > max_bytes_ || alone || last_alone_)) return false;
    last_alone_ = alone;
    ++count_;
    return true;
  }
  size_t count() const { return count_; }

 private:
  const size_t most_;
  const size_t max_bytes_;
  size_t bytes_ = 0;
  size_t count_ = 0;
  bool last_alone_ = false;
};

// What OpenReader refuses with.
absl::Status SequenceNotReached(uint64_t asked, uint64_t last);
absl::Status ResultsTruncated(uint64_t asked, uint64_t oldest);

// Thread-safe.
class ResultLog {
 public:
  virtual ~ResultLog() = default;

  // Stores the next entries, in order.
  virtual Wakeups Append(std::vector<Entry> entries) = 0;

  // Nothing will be appended any more.
  virtual Wakeups Seal() = 0;

  // Reads what comes after a sequence; without one, all that is kept. OUT_OF_RANGE when retention
  // has dropped some of it (RESULTS_TRUNCATED, metadata `oldest_sequence`) or when the sequence
  // does not exist yet (SEQUENCE_NOT_REACHED, metadata `last_sequence`).
  virtual absl::StatusOr<std::unique_ptr<LogReader>> OpenReader(
      std::optional<uint64_t> after, std::shared_ptr<ReaderListener> listener) = 0;

  // The oldest sequence that is kept; last_sequence() + 1 when nothing is.
  virtual uint64_t first_sequence() const = 0;

  // The newest sequence; 0 before the first.
  virtual uint64_t last_sequence() const = 0;

  // Cost of what is kept.
  virtual uint64_t kept_bytes() const = 0;
};

}  // namespace rsca::journal

#endif  // RSCA_SERVER_JOURNAL_RESULT_LOG_H_
