// The database of a journal, open: RocksDB behind the few things that the journal asks of it.
#ifndef RSCA_SERVER_JOURNAL_STORE_H_
#define RSCA_SERVER_JOURNAL_STORE_H_

#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/write_batch.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace rsca::journal {

// `what` and RocksDB's words. DATA_LOSS for damage, RESOURCE_EXHAUSTED for a full disk, UNAVAILABLE
// for the rest.
absl::Status FromRocksDb(absl::string_view what, const rocksdb::Status& status);

struct StoreOptions {
  std::string directory;
  rocksdb::Env* env = nullptr;  // outlives the store; null for the host's
  bool read_only = false;
  bool create = true;
  bool lenient = false;  // opens what is damaged, too, as far as it can be read
  std::shared_ptr<rocksdb::Logger> info_log;  // RocksDB's own words; null: the server's log
};

// What RocksDB is told of a store.
rocksdb::Options DatabaseOptions(const StoreOptions& options);

// Thread-safe; one thread at a time writes, flushes and begins to merge. Destroying it closes the
// database.
class Store {
 public:
  // Takes back what the write-ahead log has. A damaged database is DATA_LOSS.
  static absl::StatusOr<std::unique_ptr<Store>> Open(const StoreOptions& options);

  // All of it or nothing. With `sync` it survives a power cut when this returns.
  absl::Status Write(rocksdb::WriteBatch* batch, bool sync);

  // Everything written so far survives a power cut when this returns.
  absl::Status Sync();

  // NOT_FOUND.
  absl::StatusOr<std::string> Get(const std::string& key) const;

  // From the first key at or after a key on. Made for short use: it keeps files from being deleted.
  std::unique_ptr<rocksdb::Iterator> Iterate() const;
  // The same, for what will not be read again soon: it is not kept in the database's cache.
  std::unique_ptr<rocksdb::Iterator> IterateOnce() const;

  // Grows with each change that is written.
  uint64_t LastChange() const { return db_->GetLatestSequenceNumber(); }

  // RocksDB's list of its files: the file's number, and how many bytes of it count.
  struct Manifest {
    uint64_t number = 0;
    uint64_t bytes = 0;
  };
  absl::StatusOr<Manifest> CurrentManifest() const;

  // RocksDB merges files of its own accord from here on: no sooner, because whoever opens the store
  // wants to read it first, and there may be much to merge. Again does nothing.
  absl::Status BeginMerging();

  // What was written since the last Flush, or less, is in the write-ahead log alone: the next start
  // has to replay it.
  uint64_t UnflushedBytes() const { return unflushed_bytes_; }
  // Writes it into a file, if replaying it would take longer than opening that, and if there is
  // room: when RocksDB finds none it writes nothing any more, also to the log. With `wait`, until
  // the file is there.
  absl::Status Flush(bool wait);

  // RocksDB does nothing of its own any more: its files stay as they are.
  void EndBackgroundWork();

  // Gives the space of deleted keys of [begin, end) back. Blocks for long.
  absl::Status Reclaim(const std::string& begin, const std::string& end);

  // Tries to write again after a failure.
  absl::Status Resume();

  // One of its files, and which keys are in it.
  struct File {
    std::string path;
    std::string smallest_key;
    std::string largest_key;
  };
  std::vector<File> Files() const;

  // Reads every block of a file of a store. DATA_LOSS if one is bad.
  static absl::Status VerifyFile(const std::string& path);

 private:
  explicit Store(rocksdb::DB* db) : db_(db) {}

  bool HasRoomToFlush() const;

  const std::unique_ptr<rocksdb::DB> db_;
  bool merging_ = false;
  uint64_t unflushed_bytes_ = 0;
};

}  // namespace rsca::journal

#endif  // RSCA_SERVER_JOURNAL_STORE_H_
