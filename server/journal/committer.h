// The one thread that writes the journal. What comes while a commit is under way goes into the next
// one, so that the busier the server is, the more results share a sync.
#ifndef RSCA_SERVER_JOURNAL_COMMITTER_H_
#define RSCA_SERVER_JOURNAL_COMMITTER_H_

#include <rocksdb/write_batch.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/mutex.h"
#include "server/journal/store_keeper.h"

namespace rsca::journal {

// When a commit counts as done.
struct SyncPolicy {
  enum class Kind {
    kAlways,    // each commit is synced
    kInterval,  // commits are synced together: after `interval`, or `bytes`
    kOff        // the operating system syncs when it likes
  };
  Kind kind = Kind::kAlways;
  absl::Duration interval;
  uint64_t bytes = 0;
};

// Something with changes to commit. Called on the committer's thread, without its locks.
class Committable {
 public:
  virtual ~Committable() = default;
  // Adds what has changed. If the batch cannot be written it is asked again for the same.
  virtual void AddTo(rocksdb::WriteBatch* batch) = 0;
  // What it added survives the process.
  virtual void OnWritten() = 0;
  // What was written so far survives what the policy says.
  virtual void OnCommitted() = 0;
};

// Told, on a thread of the journal or a reader's and without locks, when commits begin to fail and
// when they have succeeded again.
class JournalListener {
 public:
  virtual ~JournalListener() = default;
  virtual void OnJournalStatus(const absl::Status& status) = 0;
};

// Thread-safe.
class Committer {
 public:
  // Both outlive the committer.
  Committer(const SyncPolicy& policy, StoreKeeper* keeper, JournalListener* listener);
  // As Stop.
  ~Committer();

  // Asks for a commit of it, once for each call at the latest.
  void Commit(std::shared_ptr<Committable> changed);

  // Commits what is queued, if that is possible, and syncs it whatever the policy. Nothing is
  // committed afterwards.
  void Stop();

  // OK, or why commits fail at present, or what OnDamage was told.
  absl::Status status() const;

  // Something that was stored cannot be read: from here on the journal counts as failed, until the
  // server is started on a mended one. What is queued is committed all the same. Any thread,
  // without locks of the log or the listener.
  void OnDamage(const absl::Status& damage);

 private:
  using Batch = std::vector<std::shared_ptr<Committable>>;

  void Run();
  // What has changed; nothing when it is time to sync or to stop.
  Batch Next(bool* stopping);
  // False when it stops and they could not: what is left can neither be written nor synced.
  bool Write(Batch changed);
  bool Sync();
  // Until `attempt` succeeds, or it cannot and the committer stops.
  bool Retry(const std::function<absl::Status()>& attempt);
  void SetStatus(const absl::Status& status);
  absl::Duration UntilSync() const;

  const SyncPolicy policy_;
  StoreKeeper* const keeper_;
  JournalListener* const listener_;

  // Of the thread.
  Batch unsynced_;
  uint64_t unsynced_bytes_ = 0;
  std::chrono::steady_clock::time_point unsynced_since_;

  mutable Mutex mutex_;
  CondVar changed_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  Batch queue_ ABSL_GUARDED_BY(mutex_);
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
  absl::Status damage_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace rsca::journal

#endif  // RSCA_SERVER_JOURNAL_COMMITTER_H_
