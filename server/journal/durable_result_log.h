// The results of a durable registration: in the store, and its newest also in memory for readers
// that keep up.
#ifndef RSCA_SERVER_JOURNAL_DURABLE_RESULT_LOG_H_
#define RSCA_SERVER_JOURNAL_DURABLE_RESULT_LOG_H_

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "common/mutex.h"
#include "server/journal/committer.h"
#include "server/journal/format.h"
#include "server/journal/journal_clock.h"
#include "server/journal/reclaimer.h"
#include "server/journal/result_log.h"
#include "server/journal/store_keeper.h"
#include "server/journal/waiting_readers.h"
#include "server/journal/window_budget.h"

namespace rsca::journal {

// What one registration may keep. 0: no limit.
struct Retention {
  uint64_t results = 0;
  uint64_t bytes = 0;
  absl::Duration age;
};

// What all logs of a journal work with. Outlives them.
struct DurableLogContext {
  StoreKeeper* keeper = nullptr;
  Committer* committer = nullptr;
  const JournalClock* clock = nullptr;
  WindowBudget* budget = nullptr;
  Reclaimer* reclaimer = nullptr;
  Retention retention;
};

// Entries go from Append into the tail, from there by the committer into the store, and are read
// once they are committed: from the tail while they are in it, else from the store. So readers may
// be as far behind as retention allows, and cost no memory. The tail keeps what is not yet in the
// store, which the plug-in's credit bounds, and what readers close to the end still need, which
// kTailBytes and the common budget bound.
//
// Retention drops the oldest entries, whoever reads them: a reader that comes too late for one is
// told so. Only from the tail may a reader still have what retention has dropped meanwhile.
class DurableResultLog final : public ResultLog,
                               public Committable,
                               public Trimmable,
                               public std::enable_shared_from_this<DurableResultLog> {
 public:
  // On the committer's thread, without locks: entries of that cost are in the store.
  using WrittenCallback = std::function<void(uint64_t cost)>;

  // Where a log of the store stands.
  struct Place {
    uint64_t log = 0;
    Extent extent;
    bool published = false;  // it is in the store
    bool sealed = false;
  };

  // `reserved_bytes` were reserved in the budget; Seal gives them back. A sealed log has none.
  static std::shared_ptr<DurableResultLog> Make(const DurableLogContext* context,
                                                const Place& place, uint64_t reserved_bytes,
                                                WrittenCallback on_written);
  ~DurableResultLog() override;

  // Stores what its owner has to know about it after a restart, in one commit with the entries that
  // have been appended; `done` is called once when that is committed, on the committer's thread and
  // without locks; never, if the journal closes without. Until the first record nothing is stored
  // at all.
  void PutRecord(std::string record, std::function<void()> done = nullptr);

  // Appends the last entry, seals, and stores the record that says so: in one commit, so that a
  // server that is killed leaves all of it or nothing. `done` as for PutRecord.
  Wakeups End(Entry last, std::string record, std::function<void()> done);

  // Takes it out of the journal: nothing is stored any more, and what was is deleted.
  void Remove();

  // The journal has closed: whoever waits for a commit is let go without a call. It may own the
  // log.
  void Close();

  // Readers that wait are told to look again: what they should know has changed.
  Wakeups WakeReaders();

  // Drops the oldest entries until about so many bytes have been given up.
  void DropBytes(uint64_t bytes);
  // Drops so many of the oldest entries.
  void DropResults(uint64_t results);

  // Drops what is too old by now, or over another limit.
  void EnforceRetention();

  Wakeups Append(std::vector<Entry> entries) override;
  Wakeups Seal() override;
  bool ReserveMore(uint64_t bytes) override;
  absl::StatusOr<std::unique_ptr<LogReader>> OpenReader(
      std::optional<uint64_t> after, std::shared_ptr<ReaderListener> listener) override;
  uint64_t first_sequence() const override;
  uint64_t last_sequence() const override;
  uint64_t kept_bytes() const override;

  // Entries that clients may ask for, and those to come soon.
  uint64_t kept_results() const;

  uint64_t number() const { return number_; }

  void AddTo(rocksdb::WriteBatch* batch) override;
  void OnWritten() override;
  void OnCommitted() override;
  void Trim() override;

 private:
  class Reader;

  struct Kept {
    Entry entry;
    uint64_t end_cost;
    uint64_t age_millis;
  };

  // Where the log begins.
  struct Front {
    uint64_t first = 1;
    uint64_t start_cost = 0;  // end cost of the entry before the first
    uint64_t age_millis = 0;  // of the first, or of one before it
  };

  // Numbers of records: the newest that was put, and how far the committer is.
  struct RecordVersions {
    uint64_t put = 0;
    uint64_t adding = 0;
    uint64_t written = 0;
  };

  DurableResultLog(const DurableLogContext* context, const Place& place, uint64_t reserved_bytes,
                   WrittenCallback on_written);

  size_t Read(Reader* reader, const ReadLimits& limits, std::vector<grpc::Slice>* out);
  size_t ReadTail(uint64_t position, const ReadLimits& limits, std::vector<grpc::Slice>* out) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Without the lock: it waits for the disk.
  absl::StatusOr<size_t> ReadStore(uint64_t position, uint64_t last, const ReadLimits& limits,
                                   std::vector<grpc::Slice>* out) const;
  void Close(Reader* reader);
  bool AtEnd(const Reader& reader) const;

  void AppendEntry(Entry entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SetRecord(std::string record, std::function<void()> done)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Wakeups SealLog() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void MarkChanged() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  uint64_t TailFirst() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The newest sequence that retention may drop: in the store, and not the final one.
  uint64_t Droppable() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // What is known of an entry that is kept, from the store if need be; nothing if that fails.
  std::optional<EntryHeader> HeaderOf(uint64_t sequence) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  static EntryHeader HeaderOf(const Kept& kept);
  // Drops entries from the oldest on for as long as `drop` says; it is true for older ones only.
  // Whether it has dropped any.
  bool DropWhile(const std::function<bool(uint64_t sequence)>& drop)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool FirstIsAged(absl::Duration oldest) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool OverLimit() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void EnforceLimits() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void AddEntries(rocksdb::WriteBatch* batch) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void AddDeletions(rocksdb::WriteBatch* batch) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void DropTail(uint64_t keep_bytes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const DurableLogContext* const context_;
  const uint64_t number_;
  const WrittenCallback on_written_;

  mutable Mutex mutex_;
  bool published_ ABSL_GUARDED_BY(mutex_);        // has a record
  bool changed_ ABSL_GUARDED_BY(mutex_) = false;  // waits for the committer
  bool removed_ ABSL_GUARDED_BY(mutex_) = false;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  bool sealed_ ABSL_GUARDED_BY(mutex_);
  WindowReservation reservation_ ABSL_GUARDED_BY(mutex_);  // until it is sealed
  Front front_ ABSL_GUARDED_BY(mutex_);                    // from there on clients may ask
  Front adding_front_ ABSL_GUARDED_BY(mutex_);             // in the batch that is being written
  Front stored_front_ ABSL_GUARDED_BY(mutex_);             // what is in the store
  uint64_t last_ ABSL_GUARDED_BY(mutex_);                  // appended
  uint64_t end_cost_ ABSL_GUARDED_BY(mutex_);
  uint64_t adding_ ABSL_GUARDED_BY(mutex_);           // in the batch that is being written
  uint64_t written_ ABSL_GUARDED_BY(mutex_);          // in the store
  uint64_t committed_ ABSL_GUARDED_BY(mutex_);        // may be read
  uint64_t aged_ ABSL_GUARDED_BY(mutex_) = 0;         // whose age front_ has, if it is the first
  bool trim_failed_ ABSL_GUARDED_BY(mutex_) = false;  // until the next entry comes
  bool delete_all_dropped_ ABSL_GUARDED_BY(mutex_) = false;
  std::deque<Kept> tail_ ABSL_GUARDED_BY(mutex_);
  uint64_t tail_kept_ ABSL_GUARDED_BY(mutex_) = 0;  // cost of what is in the tail and committed
  std::string record_ ABSL_GUARDED_BY(mutex_);      // the newest, until it is in the store
  RecordVersions record_versions_ ABSL_GUARDED_BY(mutex_);
  std::deque<std::pair<uint64_t, std::function<void()>>> record_callbacks_ ABSL_GUARDED_BY(mutex_);
  std::multiset<uint64_t> positions_ ABSL_GUARDED_BY(mutex_);  // of the readers
  WaitingReaders waiting_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace rsca::journal

#endif  // RSCA_SERVER_JOURNAL_DURABLE_RESULT_LOG_H_
