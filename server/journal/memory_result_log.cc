#include "server/journal/memory_result_log.h"

#include <algorithm>
#include <string>

namespace rsca::journal {

class MemoryResultLog::Reader final : public LogReader {
 public:
  Reader(std::shared_ptr<MemoryResultLog> log, uint64_t position,
         const std::shared_ptr<ReaderListener>& listener)
      : log_(std::move(log)), position_(position), waiting_(listener) {}
  ~Reader() override { log_->Close(this); }

  size_t Read(const ReadLimits& limits, std::vector<grpc::Slice>* out) override {
    return log_->Read(this, limits, out);
  }
  uint64_t position() const override { return position_; }
  bool AtEnd() const override { return log_->AtEnd(*this); }
  absl::Status status() const override { return absl::OkStatus(); }
  std::string notice() const override { return ""; }

 private:
  friend class MemoryResultLog;

  const std::shared_ptr<MemoryResultLog> log_;
  uint64_t position_;      // written by Read under the log's lock
  WaitingReader waiting_;  // guarded by the log's lock
};

std::shared_ptr<MemoryResultLog> MemoryResultLog::Make(uint64_t window_bytes,
                                                       uint64_t reserved_bytes,
                                                       WindowBudget* budget,
                                                       PassedCallback on_passed) {
  std::shared_ptr<MemoryResultLog> log(
      new MemoryResultLog(window_bytes, reserved_bytes, budget, std::move(on_passed)));
  budget->Add(log.get());
  return log;
}

MemoryResultLog::MemoryResultLog(uint64_t window_bytes, uint64_t reserved_bytes,
                                 WindowBudget* budget, PassedCallback on_passed)
    : window_bytes_(window_bytes),
      budget_(budget),
      on_passed_(std::move(on_passed)),
      reservation_(budget, reserved_bytes) {}

MemoryResultLog::~MemoryResultLog() {
  budget_->Remove(this);
  Seal().Wake();  // no reader is left: gives the reservation back
  MutexLock lock(&mutex_);
  DropUpTo(first_ + entries_.size() - 1);
}

Wakeups MemoryResultLog::Append(std::vector<Entry> entries) {
  MutexLock lock(&mutex_);
  for (Entry& entry : entries) {
    cost_ += entry.cost;
    entries_.push_back(std::move(entry));
  }
  KeepWithinLimits();
  return waiting_.Take();
}

Wakeups MemoryResultLog::Seal() {
  MutexLock lock(&mutex_);
  if (sealed_) return Wakeups();
  sealed_ = true;
  reservation_.Release();
  // Nobody reports any more, so nobody waits for readers: from here on all of it counts as kept.
  PassUpTo(first_ + entries_.size() - 1);
  return waiting_.Take();
}

bool MemoryResultLog::ReserveMore(uint64_t bytes) {
  // Without the lock: it may have to trim this window, too.
  if (!budget_->ReserveSpare(bytes)) return false;
  MutexLock lock(&mutex_);
  return reservation_.Grow(bytes);
}

absl::StatusOr<std::unique_ptr<LogReader>> MemoryResultLog::OpenReader(
    std::optional<uint64_t> after, std::shared_ptr<ReaderListener> listener) {
  MutexLock lock(&mutex_);
  const uint64_t last = first_ + entries_.size() - 1;
  const uint64_t position = after.value_or(first_ - 1);
  if (position > last) {
    return SequenceNotReached(position, last);
  }
  if (position + 1 < first_) return ResultsTruncated(position + 1, first_);
  positions_.insert(position);
  return std::make_unique<Reader>(shared_from_this(), position, std::move(listener));
}

uint64_t MemoryResultLog::first_sequence() const {
  MutexLock lock(&mutex_);
  return first_;
}

uint64_t MemoryResultLog::last_sequence() const {
  MutexLock lock(&mutex_);
  return first_ + entries_.size() - 1;
}

uint64_t MemoryResultLog::kept_bytes() const {
  MutexLock lock(&mutex_);
  return cost_;
}

void MemoryResultLog::Trim() {
  MutexLock lock(&mutex_);
  DropUpTo(Droppable());
}

size_t MemoryResultLog::Read(Reader* reader, const ReadLimits& limits,
                             std::vector<grpc::Slice>* out) {
  EntryPicker picker(limits, out);
  uint64_t passed = 0;
  size_t count = 0;
  {
    MutexLock lock(&mutex_);
    for (size_t next = static_cast<size_t>(reader->position_ + 1 - first_);
         next < entries_.size() && picker.Picks(entries_[next].bytes.size(), entries_[next].alone);
         ++next) {
      picker.Take(entries_[next].bytes);
    }
    count = picker.Finish();
    if (count == 0) {
      waiting_.Add(&reader->waiting_);
      return 0;
    }
    positions_.erase(positions_.find(reader->position_));
    reader->position_ += count;
    positions_.insert(reader->position_);
    passed = PassUpToSlowest();
    KeepWithinLimits();
  }
  if (passed > 0) on_passed_(passed);
  return count;
}

void MemoryResultLog::Close(Reader* reader) {
  uint64_t passed = 0;
  {
    MutexLock lock(&mutex_);
    waiting_.Remove(&reader->waiting_);
    positions_.erase(positions_.find(reader->position_));
    if (!positions_.empty()) passed = PassUpToSlowest();
    KeepWithinLimits();
  }
  if (passed > 0) on_passed_(passed);
}

bool MemoryResultLog::AtEnd(const Reader& reader) const {
  MutexLock lock(&mutex_);
  return sealed_ && reader.position_ == first_ + entries_.size() - 1;
}

uint64_t MemoryResultLog::Droppable() const {
  uint64_t limit = passed_;
  if (sealed_) limit = std::min(limit, first_ + entries_.size() - 2);
  if (!positions_.empty()) limit = std::min(limit, *positions_.begin());
  return limit;
}

int64_t MemoryResultLog::DropFront() {
  const uint64_t cost = entries_.front().cost;
  const bool is_kept = first_ <= passed_;
  cost_ -= cost;
  entries_.pop_front();
  ++first_;
  return is_kept ? static_cast<int64_t>(cost) : 0;
}

void MemoryResultLog::DropUpTo(uint64_t sequence) {
  int64_t kept = 0;
  while (!entries_.empty() && first_ <= sequence) kept += DropFront();
  if (kept > 0) budget_->AddKept(-kept);
}

void MemoryResultLog::KeepWithinLimits() {
  const uint64_t droppable = Droppable();
  const auto may_drop = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return !entries_.empty() && first_ <= droppable;
  };
  // The budget is asked once, not for each entry: it is everybody's.
  int64_t kept = 0;
  while (may_drop() && cost_ > window_bytes_) kept += DropFront();
  if (kept > 0) budget_->AddKept(-kept);
  while (may_drop() && budget_->OverLimit()) budget_->AddKept(-DropFront());
}

uint64_t MemoryResultLog::PassUpTo(uint64_t sequence) {
  uint64_t cost = 0;
  while (passed_ < sequence) {
    ++passed_;
    if (passed_ >= first_) cost += entries_[static_cast<size_t>(passed_ - first_)].cost;
  }
  if (cost > 0) budget_->AddKept(static_cast<int64_t>(cost));
  return cost;
}

uint64_t MemoryResultLog::PassUpToSlowest() { return PassUpTo(*positions_.begin()); }

}  // namespace rsca::journal
