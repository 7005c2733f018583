#include "server/journal/store.h"

#include <malloc.h>
#include <rocksdb/cache.h>
#include <rocksdb/convenience.h>
#include <rocksdb/options.h>
#include <rocksdb/sst_file_reader.h>
#include <rocksdb/table.h>

#include <algorithm>
#include <filesystem>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "common/log.h"

namespace rsca::journal {
namespace {

// Memory: at most these, however large the journal is. What is in write buffers is what a start
// after a kill has to replay.
constexpr size_t kWriteBufferBytes = 8 << 20;
constexpr int kWriteBuffers = 3;
constexpr size_t kBlockCacheBytes = 8 << 20;
constexpr int kOpenFiles = 256;

constexpr uint64_t kWriteAheadLogBytes = 32 << 20;
// Less is replayed as soon as it is read from a file.
constexpr uint64_t kWorthFlushingBytes = 1 << 20;

// New files are of half the size that RocksDB's defaults are meant for; so there may be twice as
// many before they are merged, before writing slows down, and before it waits.
constexpr int kFilesToMerge = 8;
constexpr int kFilesToSlowDown = 40;
constexpr int kFilesToStop = 72;

// RocksDB's own warnings and errors, in the server's log.
class InfoLog final : public rocksdb::Logger {
 public:
  InfoLog() : Logger(rocksdb::InfoLogLevel::WARN_LEVEL) {}
  using Logger::Logv;
  void Logv(const char* format, va_list arguments) override {
    char text[1024];
    // NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): RocksDB has begun it
    if (vsnprintf(text, sizeof(text), format, arguments) > 0) {
      LogWarning("journal's database", {{"says", absl::string_view(text)}});
    }
  }
};

}  // namespace

rocksdb::Options DatabaseOptions(const StoreOptions& options) {
  rocksdb::Options db;
  db.create_if_missing = options.create;
  if (options.env != nullptr) db.env = options.env;
  db.info_log = options.info_log != nullptr ? options.info_log : std::make_shared<InfoLog>();
  db.paranoid_checks = !options.lenient;
  // The end of the newest log may be half a record: the server was killed while it wrote. Anything
  // else that cannot be read is damage, and Open says so.
  db.wal_recovery_mode = options.lenient ? rocksdb::WALRecoveryMode::kSkipAnyCorruptedRecords
                                         : rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  db.track_and_verify_wals_in_manifest = !options.lenient;
  db.max_total_wal_size = kWriteAheadLogBytes;
  db.write_buffer_size = kWriteBufferBytes;
  db.max_write_buffer_number = kWriteBuffers;
  db.level0_file_num_compaction_trigger = kFilesToMerge;
  db.level0_slowdown_writes_trigger = kFilesToSlowDown;
  db.level0_stop_writes_trigger = kFilesToStop;
  // A start scans the extents, of which each new file has one of each log that has grown: passing
  // over them takes less than seeking the next log in every file.
  db.max_sequential_skip_in_iterations = kFilesToStop;
  db.max_open_files = kOpenFiles;
  db.max_background_jobs = 2;
  db.allow_concurrent_memtable_write = false;
  db.level_compaction_dynamic_level_bytes = true;
  db.compression = rocksdb::kLZ4Compression;
  db.disable_auto_compactions = true;  // until BeginMerging
  // Files that only retention's deletions are in would otherwise stay for long.
  db.periodic_compaction_seconds = uint64_t{24} * 60 * 60;
  db.keep_log_file_num = 1;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(kBlockCacheBytes);
  table.cache_index_and_filter_blocks = true;
  // Of a file's index only the part that is used is read.
  table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
  table.format_version = 5;
  db.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return db;
}

absl::Status FromRocksDb(absl::string_view what, const rocksdb::Status& status) {
  if (status.ok()) return absl::OkStatus();
  const std::string message = absl::StrCat(what, ": ", status.ToString());
  if (status.IsCorruption()) return absl::DataLossError(message);
  if (status.IsNotFound()) return absl::NotFoundError(message);
  if (status.IsNoSpace()) return absl::ResourceExhaustedError(message);
  return absl::UnavailableError(message);
}

namespace {

// RocksDB would make a new database, and delete the files of the one that is there.
bool LacksCurrent(const std::string& directory) {
  std::error_code error;
  bool has_contents = false;
  for (const auto& file : std::filesystem::directory_iterator(directory, error)) {
    if (file.path().filename() == "CURRENT") return false;
    const auto extension = file.path().extension();
    has_contents = has_contents || extension == ".sst" || extension == ".log";
  }
  return has_contents;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Store>> Store::Open(const StoreOptions& options) {
  rocksdb::DB* db = nullptr;
  const rocksdb::Options rocksdb_options = DatabaseOptions(options);
  if (LacksCurrent(options.directory)) {
    return absl::DataLossError("cannot open the database: its file CURRENT is missing");
  }
  const rocksdb::Status status =
      options.read_only ? rocksdb::DB::OpenForReadOnly(rocksdb_options, options.directory, &db)
                        : rocksdb::DB::Open(rocksdb_options, options.directory, &db);
  if (status.IsPathNotFound()) {
    return absl::DataLossError(absl::StrCat("a file of the database is gone: ", status.ToString()));
  }
  if (!status.ok()) return FromRocksDb("cannot open the database", status);
  // What the write-ahead log took to replay is free again; glibc would keep it.
  malloc_trim(0);
  return std::unique_ptr<Store>(new Store(db));
}

absl::Status Store::Write(rocksdb::WriteBatch* batch, bool sync) {
  rocksdb::WriteOptions options;
  options.sync = sync;
  unflushed_bytes_ += batch->GetDataSize();
  return FromRocksDb("cannot write", db_->Write(options, batch));
}

absl::Status Store::Sync() { return FromRocksDb("cannot sync", db_->SyncWAL()); }

absl::StatusOr<std::string> Store::Get(const std::string& key) const {
  std::string value;
  const rocksdb::Status status = db_->Get(rocksdb::ReadOptions(), key, &value);
  if (!status.ok()) return FromRocksDb("cannot read", status);
  return value;
}

std::unique_ptr<rocksdb::Iterator> Store::Iterate() const {
  return std::unique_ptr<rocksdb::Iterator>(db_->NewIterator(rocksdb::ReadOptions()));
}

std::unique_ptr<rocksdb::Iterator> Store::IterateOnce() const {
  rocksdb::ReadOptions options;
  options.fill_cache = false;
  return std::unique_ptr<rocksdb::Iterator>(db_->NewIterator(options));
}

absl::Status Store::Reclaim(const std::string& begin, const std::string& end) {
  rocksdb::CompactRangeOptions options;
  options.exclusive_manual_compaction = false;
  options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForceOptimized;
  const rocksdb::Slice from(begin);
  const rocksdb::Slice to(end);
  return FromRocksDb("cannot compact", db_->CompactRange(options, &from, &to));
}

absl::Status Store::Resume() {
  // Resuming begins a new log file when there is something in memory to flush. When there is not,
  // this version of RocksDB goes on with the one that it could not write, and aborts the process.
  uint64_t in_memory = 0;
  if (!db_->GetIntProperty(rocksdb::DB::Properties::kNumEntriesActiveMemTable, &in_memory) ||
      in_memory == 0) {
    return absl::UnavailableError("it has to be opened anew to go on writing");
  }
  return FromRocksDb("cannot go on writing", db_->Resume());
}

absl::StatusOr<Store::Manifest> Store::CurrentManifest() const {
  std::vector<std::string> files;
  Manifest manifest;
  const rocksdb::Status status =
      db_->GetLiveFiles(files, &manifest.bytes, /*flush_memtable=*/false);
  if (!status.ok()) return FromRocksDb("cannot list the files", status);
  for (const std::string& file : files) {
    absl::string_view number = file;
    if (absl::ConsumePrefix(&number, "/MANIFEST-") && absl::SimpleAtoi(number, &manifest.number)) {
      return manifest;
    }
  }
  return absl::UnavailableError("there is no MANIFEST among the files");
}

absl::Status Store::BeginMerging() {
  if (merging_) return absl::OkStatus();
  const rocksdb::Status status = db_->EnableAutoCompaction({db_->DefaultColumnFamily()});
  merging_ = status.ok();
  return FromRocksDb("cannot begin to merge files", status);
}

bool Store::HasRoomToFlush() const {
  std::error_code error;
  const std::filesystem::space_info space = std::filesystem::space(db_->GetName(), error);
  // Of what was written in all, the log has no more than this: RocksDB flushes, too.
  return !error && space.available > 2 * std::min(unflushed_bytes_, kWriteAheadLogBytes);
}

absl::Status Store::Flush(bool wait) {
  if (unflushed_bytes_ < kWorthFlushingBytes || !HasRoomToFlush()) return absl::OkStatus();
  unflushed_bytes_ = 0;
  rocksdb::FlushOptions options;
  options.wait = wait;
  options.allow_write_stall = true;  // nothing has been written for a while
  return FromRocksDb("cannot write what is in memory into a file", db_->Flush(options));
}

void Store::EndBackgroundWork() { rocksdb::CancelAllBackgroundWork(db_.get(), /*wait=*/true); }

std::vector<Store::File> Store::Files() const {
  std::vector<rocksdb::LiveFileMetaData> live;
  db_->GetLiveFilesMetaData(&live);
  std::vector<File> files;
  files.reserve(live.size());
  for (const rocksdb::LiveFileMetaData& file : live) {
    files.push_back({absl::StrCat(file.db_path, file.name), file.smallestkey, file.largestkey});
  }
  return files;
}

absl::Status Store::VerifyFile(const std::string& path) {
  const rocksdb::Options options;
  rocksdb::SstFileReader reader(options);
  if (const rocksdb::Status status = reader.Open(path); !status.ok()) {
    return FromRocksDb(path, status);
  }
  return FromRocksDb(path, reader.VerifyChecksum());
}

}  // namespace rsca::journal
