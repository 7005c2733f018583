#include "server/journal/durable_result_log.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/log.h"
#include "common/status.h"

namespace rsca::journal {
namespace {

// Of committed entries, for readers that keep up: more than comes between two syncs, where not each
// commit is synced. Reading from the store takes several times as long.
constexpr uint64_t kTailBytes = 4 << 20;

// So few entries are deleted one by one; a range costs readers more.
constexpr uint64_t kFewEntries = 16;
// Deleting waits until it is worth a range.
constexpr uint64_t kWorthEntries = 256;

rocksdb::Slice AsSlice(const EntryBytes& bytes) { return {bytes.data(), bytes.size()}; }

absl::string_view AsView(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

absl::Status ReadFailed(absl::string_view what, const rocksdb::Status& status) {
  if (status.IsCorruption()) {
    return MakeError(absl::StatusCode::kDataLoss, "JOURNAL_DAMAGED",
                     absl::StrCat(what, " cannot be read from the journal: ", status.ToString(),
                                  "; `rsca-journal` on the server's host mends it"));
  }
  return MakeError(absl::StatusCode::kUnavailable, "JOURNAL_UNAVAILABLE",
                   absl::StrCat(what, " cannot be read from the journal: ", status.ToString()));
}

}  // namespace

class DurableResultLog::Reader final : public LogReader {
 public:
  Reader(std::shared_ptr<DurableResultLog> log, uint64_t position,
         const std::shared_ptr<ReaderListener>& listener)
      : log_(std::move(log)), position_(position), waiting_(listener) {}
  ~Reader() override { log_->Close(this); }

  size_t Read(const ReadLimits& limits, std::vector<grpc::Slice>* out) override {
    return log_->Read(this, limits, out);
  }
  uint64_t position() const override { return position_; }
  bool AtEnd() const override { return log_->AtEnd(*this); }
  absl::Status status() const override { return status_; }
  std::string notice() const override {
    return std::string(log_->context_->committer->status().message());
  }

 private:
  friend class DurableResultLog;

  const std::shared_ptr<DurableResultLog> log_;
  uint64_t position_;      // written by Read under the log's lock
  WaitingReader waiting_;  // guarded by the log's lock
  absl::Status status_;
};

std::shared_ptr<DurableResultLog> DurableResultLog::Make(const DurableLogContext* context,
                                                         const Place& place,
                                                         uint64_t reserved_bytes,
                                                         WrittenCallback on_written) {
  std::shared_ptr<DurableResultLog> log(
      new DurableResultLog(context, place, reserved_bytes, std::move(on_written)));
  context->budget->Add(log.get());
  return log;
}

DurableResultLog::DurableResultLog(const DurableLogContext* context, const Place& place,
                                   uint64_t reserved_bytes, WrittenCallback on_written)
    : context_(context),
      number_(place.log),
      on_written_(std::move(on_written)),
      published_(place.published),
      sealed_(place.sealed),
      reservation_(context->budget, reserved_bytes),
      front_{place.extent.first, place.extent.start_cost, place.extent.first_age_millis},
      adding_front_(front_),
      stored_front_(front_),
      last_(place.extent.last),
      end_cost_(place.extent.end_cost),
      adding_(last_),
      written_(last_),
      committed_(last_) {}

DurableResultLog::~DurableResultLog() {
  context_->budget->Remove(this);
  MutexLock lock(&mutex_);
  context_->budget->AddKept(-static_cast<int64_t>(tail_kept_));
}

void DurableResultLog::PutRecord(std::string record, std::function<void()> done) {
  MutexLock lock(&mutex_);
  SetRecord(std::move(record), std::move(done));
  MarkChanged();
}

void DurableResultLog::SetRecord(std::string record, std::function<void()> done) {
  published_ = true;
  record_ = std::move(record);
  ++record_versions_.put;
  if (done != nullptr && !closed_)
    record_callbacks_.emplace_back(record_versions_.put, std::move(done));
}

Wakeups DurableResultLog::End(Entry last, std::string record, std::function<void()> done) {
  MutexLock lock(&mutex_);
  if (!removed_) AppendEntry(std::move(last));
  SetRecord(std::move(record), std::move(done));
  MarkChanged();
  return SealLog();
}

void DurableResultLog::Remove() {
  MutexLock lock(&mutex_);
  removed_ = true;
  front_.first = last_ + 1;
  front_.start_cost = end_cost_;
  if (published_) MarkChanged();
}

void DurableResultLog::Close() {
  std::deque<std::pair<uint64_t, std::function<void()>>> callbacks;
  MutexLock lock(&mutex_);
  closed_ = true;
  callbacks.swap(record_callbacks_);
}

Wakeups DurableResultLog::Append(std::vector<Entry> entries) {
  MutexLock lock(&mutex_);
  if (removed_) return Wakeups();
  for (Entry& entry : entries) AppendEntry(std::move(entry));
  if (published_ && !entries.empty()) MarkChanged();
  return Wakeups();
}

void DurableResultLog::AppendEntry(Entry entry) {
  end_cost_ += entry.cost;
  ++last_;
  const uint64_t age_millis = context_->clock->NowMillis();
  if (last_ == front_.first) {
    front_.age_millis = age_millis;
    aged_ = last_;
  }
  tail_.push_back({std::move(entry), end_cost_, age_millis});
  trim_failed_ = false;
}

Wakeups DurableResultLog::Seal() {
  MutexLock lock(&mutex_);
  return SealLog();
}

Wakeups DurableResultLog::SealLog() {
  sealed_ = true;
  reservation_.Release();
  return committed_ == last_ ? waiting_.Take() : Wakeups();
}

bool DurableResultLog::ReserveMore(uint64_t bytes) {
  // Without the lock: it may have to trim this log, too.
  if (!context_->budget->ReserveSpare(bytes)) return false;
  MutexLock lock(&mutex_);
  return reservation_.Grow(bytes);
}

absl::StatusOr<std::unique_ptr<LogReader>> DurableResultLog::OpenReader(
    std::optional<uint64_t> after, std::shared_ptr<ReaderListener> listener) {
  MutexLock lock(&mutex_);
  const uint64_t position = after.value_or(front_.first - 1);
  if (position > committed_) return SequenceNotReached(position, committed_);
  if (position + 1 < front_.first) return ResultsTruncated(position + 1, front_.first);
  positions_.insert(position);
  return std::make_unique<Reader>(shared_from_this(), position, std::move(listener));
}

uint64_t DurableResultLog::first_sequence() const {
  MutexLock lock(&mutex_);
  return front_.first;
}

uint64_t DurableResultLog::last_sequence() const {
  MutexLock lock(&mutex_);
  return committed_;
}

uint64_t DurableResultLog::kept_bytes() const {
  MutexLock lock(&mutex_);
  return end_cost_ - front_.start_cost;
}

uint64_t DurableResultLog::kept_results() const {
  MutexLock lock(&mutex_);
  return last_ + 1 - front_.first;
}

// --- The committer's side.

void DurableResultLog::MarkChanged() {
  // Only queues.
  if (!std::exchange(changed_, true)) context_->committer->Commit(shared_from_this());
}

void DurableResultLog::AddTo(rocksdb::WriteBatch* batch) {
  MutexLock lock(&mutex_);
  changed_ = false;
  record_versions_.adding = record_versions_.put;
  if (!removed_) {
    EnforceLimits();
    AddEntries(batch);
    if (record_versions_.put > record_versions_.written) batch->Put(RecordKey(number_), record_);
  }
  AddDeletions(batch);
  if (!removed_) {
    batch->Put(ExtentKey(number_),
               EncodeExtent({adding_front_.first, last_, adding_front_.start_cost, end_cost_,
                             adding_front_.age_millis}));
  }
}

void DurableResultLog::AddEntries(rocksdb::WriteBatch* batch) {
  std::string header;
  for (uint64_t sequence = written_ + 1; sequence <= last_; ++sequence) {
    const Kept& kept = tail_[static_cast<size_t>(sequence - TailFirst())];
    const std::string key = EntryKey(number_, sequence);
    header.clear();
    AppendEntryHeader(HeaderOf(kept), &header);
    const rocksdb::Slice key_parts[] = {key};
    const rocksdb::Slice value_parts[] = {header, AsSlice(kept.entry.bytes)};
    batch->Put(rocksdb::SliceParts(key_parts, 1), rocksdb::SliceParts(value_parts, 2));
  }
  adding_ = last_;
}

void DurableResultLog::AddDeletions(rocksdb::WriteBatch* batch) {
  const uint64_t begin = stored_front_.first;
  adding_front_ = front_;
  if (removed_) {
    batch->DeleteRange(EntryKey(number_, begin), EntryKey(number_, last_ + 1));
    batch->Delete(RecordKey(number_));
    batch->Delete(ExtentKey(number_));
    return;
  }
  const uint64_t dropped = front_.first - begin;
  if (dropped == 0) return;
  const bool worth = dropped >= std::max(kWorthEntries, (last_ - front_.first) / 8);
  if (!worth && !delete_all_dropped_) {
    adding_front_ = stored_front_;
  } else if (dropped <= kFewEntries) {
    for (uint64_t sequence = begin; sequence < front_.first; ++sequence) {
      batch->Delete(EntryKey(number_, sequence));
    }
  } else {
    batch->DeleteRange(EntryKey(number_, begin), EntryKey(number_, front_.first));
  }
}

void DurableResultLog::OnWritten() {
  uint64_t cost = 0;
  {
    MutexLock lock(&mutex_);
    for (; written_ < adding_ && !removed_; ++written_) {
      cost += tail_[static_cast<size_t>(written_ + 1 - TailFirst())].entry.cost;
    }
    record_versions_.written = record_versions_.adding;
    if (record_versions_.written == record_versions_.put) record_ = std::string();
    const uint64_t deleted_cost = adding_front_.start_cost - stored_front_.start_cost;
    const bool deleted = adding_front_.first > stored_front_.first;
    stored_front_ = adding_front_;
    if (deleted) {
      if (stored_front_.first == front_.first) delete_all_dropped_ = false;
      context_->reclaimer->OnDeleted(number_, stored_front_.first, deleted_cost);
    }
  }
  if (cost > 0) on_written_(cost);
}

void DurableResultLog::OnCommitted() {
  Wakeups wakeups;
  std::vector<std::function<void()>> done;
  {
    MutexLock lock(&mutex_);
    uint64_t kept = 0;
    for (; committed_ < written_; ++committed_) {
      kept += tail_[static_cast<size_t>(committed_ + 1 - TailFirst())].entry.cost;
    }
    tail_kept_ += kept;
    context_->budget->AddKept(static_cast<int64_t>(kept));
    if (kept > 0 || sealed_) wakeups = waiting_.Take();
    DropTail(kTailBytes);
    while (!record_callbacks_.empty() &&
           record_callbacks_.front().first <= record_versions_.written) {
      done.push_back(std::move(record_callbacks_.front().second));
      record_callbacks_.pop_front();
    }
    if (OverLimit() && !trim_failed_ && !removed_) MarkChanged();
  }
  for (const auto& callback : done) callback();
  wakeups.Wake();
}

// --- Retention.

uint64_t DurableResultLog::Droppable() const {
  return std::min(committed_, sealed_ && last_ > 0 ? last_ - 1 : last_);
}

std::optional<EntryHeader> DurableResultLog::HeaderOf(uint64_t sequence) const {
  if (sequence >= TailFirst()) {
    const Kept& kept = tail_[static_cast<size_t>(sequence - TailFirst())];
    return HeaderOf(kept);
  }
  const std::shared_ptr<Store> store = context_->keeper->store();
  if (store == nullptr) return std::nullopt;
  const absl::StatusOr<std::string> value = store->Get(EntryKey(number_, sequence));
  if (!value.ok()) return std::nullopt;
  absl::string_view rest = *value;
  return ConsumeEntryHeader(&rest);
}

EntryHeader DurableResultLog::HeaderOf(const Kept& kept) {
  return {kept.entry.alone, kept.end_cost, static_cast<uint32_t>(kept.entry.cost), kept.age_millis};
}

bool DurableResultLog::DropWhile(const std::function<bool(uint64_t)>& drop) {
  uint64_t low = front_.first;
  uint64_t high = Droppable() + 1;
  while (low < high) {
    const uint64_t middle = low + (high - low) / 2;
    if (drop(middle)) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low == front_.first) return false;
  const std::optional<EntryHeader> newest_dropped = HeaderOf(low - 1);
  if (!newest_dropped.has_value()) return false;
  front_ = {low, newest_dropped->end_cost, newest_dropped->age_millis};
  return true;
}

bool DurableResultLog::OverLimit() const {
  const Retention& retention = context_->retention;
  if (front_.first > Droppable()) return false;
  return (retention.results > 0 && last_ - front_.first >= retention.results) ||
         (retention.bytes > 0 && end_cost_ - front_.start_cost > retention.bytes);
}

void DurableResultLog::EnforceLimits() {
  if (!OverLimit()) return;
  const Retention& retention = context_->retention;
  // A sixteenth more than needed: finding the place reads the store.
  const uint64_t bytes = retention.bytes - retention.bytes / 16;
  const bool too_large = retention.bytes > 0 && end_cost_ - front_.start_cost > retention.bytes;
  trim_failed_ = !DropWhile([&](uint64_t sequence) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (retention.results > 0 && last_ - sequence >= retention.results) return true;
    if (!too_large) return false;
    const std::optional<EntryHeader> header = HeaderOf(sequence);
    return header.has_value() && end_cost_ - header->start_cost() > bytes;
  });
}

Wakeups DurableResultLog::WakeReaders() {
  MutexLock lock(&mutex_);
  return waiting_.Take();
}

void DurableResultLog::DropBytes(uint64_t bytes) {
  MutexLock lock(&mutex_);
  const uint64_t until = front_.start_cost + bytes;
  DropWhile([&](uint64_t sequence) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const std::optional<EntryHeader> header = HeaderOf(sequence);
    return header.has_value() && header->start_cost() < until;
  });
  delete_all_dropped_ = true;
  if (front_.first > stored_front_.first) MarkChanged();
}

void DurableResultLog::DropResults(uint64_t results) {
  MutexLock lock(&mutex_);
  const uint64_t until = front_.first + results;
  DropWhile([until](uint64_t sequence) { return sequence < until; });
  delete_all_dropped_ = true;
  if (front_.first > stored_front_.first) MarkChanged();
}

void DurableResultLog::EnforceRetention() {
  MutexLock lock(&mutex_);
  if (removed_) return;
  const absl::Duration age = context_->retention.age;
  const absl::Duration oldest = context_->clock->Now() - age;
  if (age > absl::ZeroDuration() && front_.first <= Droppable() && FirstIsAged(oldest)) {
    DropWhile([&](uint64_t sequence) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      const std::optional<EntryHeader> header = HeaderOf(sequence);
      return header.has_value() && absl::Milliseconds(header->age_millis) <= oldest;
    });
  }
  EnforceLimits();
  if (front_.first == stored_front_.first) return;
  delete_all_dropped_ = true;
  MarkChanged();
}

// Asked every second of every log: reads the store only when the first may be too old and is
// another than before.
bool DurableResultLog::FirstIsAged(absl::Duration oldest) {
  if (absl::Milliseconds(front_.age_millis) > oldest) return false;
  if (aged_ != front_.first) {
    const std::optional<EntryHeader> header = HeaderOf(front_.first);
    if (!header.has_value()) return false;
    aged_ = front_.first;
    front_.age_millis = header->age_millis;
  }
  return absl::Milliseconds(front_.age_millis) <= oldest;
}

// --- The tail.

uint64_t DurableResultLog::TailFirst() const { return last_ + 1 - tail_.size(); }

void DurableResultLog::DropTail(uint64_t keep_bytes) {
  uint64_t dropped = 0;
  while (!tail_.empty() && TailFirst() <= committed_) {
    const bool read_by_all = positions_.empty() || *positions_.begin() >= TailFirst();
    if (!read_by_all && tail_kept_ - dropped <= keep_bytes && !context_->budget->OverLimit()) break;
    dropped += tail_.front().entry.cost;
    tail_.pop_front();
  }
  if (dropped == 0) return;
  tail_kept_ -= dropped;
  context_->budget->AddKept(-static_cast<int64_t>(dropped));
}

void DurableResultLog::Trim() {
  MutexLock lock(&mutex_);
  DropTail(0);
}

// --- Reading.

size_t DurableResultLog::Read(Reader* reader, const ReadLimits& limits,
                              std::vector<grpc::Slice>* out) {
  uint64_t last_in_store = 0;
  {
    MutexLock lock(&mutex_);
    const uint64_t next = reader->position_ + 1;
    if (next > committed_) {
      waiting_.Add(&reader->waiting_);
      return 0;
    }
    if (next >= TailFirst()) {
      const size_t count = ReadTail(next, limits, out);
      positions_.erase(positions_.find(reader->position_));
      reader->position_ += count;
      positions_.insert(reader->position_);
      DropTail(kTailBytes);
      return count;
    }
    if (next < front_.first) {
      reader->status_ = ResultsTruncated(next, front_.first);
      return 0;
    }
    last_in_store = std::min(committed_, TailFirst() - 1);
  }
  const absl::StatusOr<size_t> count = ReadStore(reader->position_, last_in_store, limits, out);
  // Deleted while it was read, perhaps.
  const bool dropped = !count.ok() && reader->position_ + 1 < first_sequence();
  if (!dropped && absl::IsDataLoss(count.status())) context_->committer->OnDamage(count.status());
  MutexLock lock(&mutex_);
  if (!count.ok()) {
    reader->status_ =
        dropped ? ResultsTruncated(reader->position_ + 1, front_.first) : count.status();
    return 0;
  }
  positions_.erase(positions_.find(reader->position_));
  reader->position_ += *count;
  positions_.insert(reader->position_);
  return *count;
}

size_t DurableResultLog::ReadTail(uint64_t next, const ReadLimits& limits,
                                  std::vector<grpc::Slice>* out) const {
  EntryPicker picker(limits, out);
  for (; next <= committed_; ++next) {
    const Entry& entry = tail_[static_cast<size_t>(next - TailFirst())].entry;
    if (!picker.Picks(entry.bytes.size(), entry.alone)) break;
    picker.Take(entry.bytes);
  }
  return picker.Finish();
}

absl::StatusOr<size_t> DurableResultLog::ReadStore(uint64_t position, uint64_t last,
                                                   const ReadLimits& limits,
                                                   std::vector<grpc::Slice>* out) const {
  const std::string what = absl::StrCat("result ", position + 1);
  const std::shared_ptr<Store> store = context_->keeper->store();
  if (store == nullptr) {
    return ReadFailed(what, rocksdb::Status::TryAgain("the database is opened anew"));
  }
  EntryPicker picker(limits, out);
  const std::unique_ptr<rocksdb::Iterator> iterator = store->Iterate();
  uint64_t next = position + 1;
  for (iterator->Seek(EntryKey(number_, next)); iterator->Valid() && next <= last;
       iterator->Next(), ++next) {
    if (AsView(iterator->key()) != EntryKey(number_, next)) break;
    absl::string_view bytes = AsView(iterator->value());
    const std::optional<EntryHeader> header = ConsumeEntryHeader(&bytes);
    if (!header.has_value()) break;
    if (!picker.Picks(bytes.size(), header->alone)) break;
    picker.Take(grpc::Slice(bytes.data(), bytes.size()));
  }
  if (const size_t count = picker.Finish(); count > 0) return count;
  return ReadFailed(what, iterator->status().ok()
                              ? rocksdb::Status::Corruption("it is missing from the database")
                              : iterator->status());
}

void DurableResultLog::Close(Reader* reader) {
  MutexLock lock(&mutex_);
  waiting_.Remove(&reader->waiting_);
  positions_.erase(positions_.find(reader->position_));
  DropTail(kTailBytes);
}

bool DurableResultLog::AtEnd(const Reader& reader) const {
  MutexLock lock(&mutex_);
  return sealed_ && reader.position_ == last_;
}

}  // namespace rsca::journal
