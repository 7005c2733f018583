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

// A part of a block that the entries of one Append may share: one allocation for all of them, and
// those that lie behind one another are read as one slice. Copies share the block, too.
class EntryBytes {
 public:
  EntryBytes() = default;
  EntryBytes(grpc::Slice all)  // NOLINT(google-explicit-constructor): most entries are alone
      : block_(std::move(all)), end_(block_.size()) {}
  EntryBytes(const grpc::Slice& block, size_t begin, size_t end)
      : block_(block), begin_(begin), end_(end) {}

  const char* data() const { return reinterpret_cast<const char*>(block_.begin()) + begin_; }
  size_t size() const { return end_ - begin_; }
  grpc::Slice slice() const { return block_.sub(begin_, end_); }

  // Takes what follows in the same block. False when `next` lies elsewhere.
  bool Join(const EntryBytes& next) {
    if (next.block_.begin() != block_.begin() || next.begin_ != end_) return false;
    end_ = next.end_;
    return true;
  }

 private:
  grpc::Slice block_;
  size_t begin_ = 0;
  size_t end_ = 0;
};

// What is stored for one sequence number.
struct Entry {
  EntryBytes bytes;
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

 private:
  std::vector<std::shared_ptr<ReaderListener>> listeners_;
};

// What one Read may take.
struct ReadLimits {
  size_t entries = 1;
  size_t bytes = 0;     // together; one entry may be more
  bool joined = false;  // entries go into one message: a slice may hold several
};

// Used by one thread at a time. Destroying it gives its place up.
class LogReader {
 public:
  virtual ~LogReader() = default;

  // Appends the slices of the next entries to `out`, within the limits but at least one entry, and
  // moves past them. One that is to be alone is. Returns how many; after 0 the listener is told
  // once when there is more.
  virtual size_t Read(const ReadLimits& limits, std::vector<grpc::Slice>* out) = 0;

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

// Takes the entries of one Read, by its rules.
class EntryPicker {
 public:
  EntryPicker(const ReadLimits& limits, std::vector<grpc::Slice>* out)
      : limits_(limits), out_(out) {}

  // Whether the next entry is to be read, too. If so, Take it.
  bool Picks(size_t bytes, bool alone) {
    if (count_ == limits_.entries) return false;
    bytes_ += bytes;
    if (count_ > 0 && (bytes_ > limits_.bytes || alone || last_alone_)) return false;
    last_alone_ = alone;
    return true;
  }
  void Take(const EntryBytes& entry) {
    ++count_;
    if (limits_.joined && run_.has_value() && run_->Join(entry)) return;
    Flush();
    run_ = entry;
  }
  // Nothing more is taken. Returns how many entries were.
  size_t Finish() {
    Flush();
    return count_;
  }

 private:
  void Flush() {
    if (run_.has_value()) out_->push_back(run_->slice());
    run_.reset();
  }

  const ReadLimits limits_;
  std::vector<grpc::Slice>* const out_;
  std::optional<EntryBytes> run_;  // of one block, not yet in `out_`
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

  // Reserves room for so many bytes more that are appended ahead of the readers. False when there
  // is none to spare, or nothing will be appended any more.
  virtual bool ReserveMore(uint64_t bytes) = 0;

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
