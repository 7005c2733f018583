// A file system under RocksDB that fails when told to, and forgets what was not synced.
#ifndef RSCA_TESTS_UNIT_SERVER_JOURNAL_FAULTY_FILE_SYSTEM_H_
#define RSCA_TESTS_UNIT_SERVER_JOURNAL_FAULTY_FILE_SYSTEM_H_

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "common/mutex.h"

namespace rsca::journal {

// What it does at present, and how much of each file would survive a power cut.
class Faults {
 public:
  std::atomic<bool> disk_full = false;      // no byte is written
  std::atomic<bool> sync_fails = false;     // what is written stays unsynced
  std::atomic<bool> syncs_nothing = false;  // the disk lies: a sync succeeds and does nothing
  std::atomic<int> syncs = 0;

  void OnSynced(const std::string& path, uint64_t size) {
    MutexLock lock(&mutex_);
    synced_[path] = size;
  }
  void OnCreated(const std::string& path) { OnSynced(path, 0); }
  void OnRenamed(const std::string& from, const std::string& to) {
    MutexLock lock(&mutex_);
    const auto found = synced_.find(from);
    if (found == synced_.end()) return;
    synced_[to] = found->second;
    synced_.erase(found);
  }

  // Cuts all files down to what was synced, as a power cut would at its worst.
  void CutPower() {
    MutexLock lock(&mutex_);
    for (const auto& [path, size] : synced_) {
      std::error_code error;
      if (std::filesystem::file_size(path, error) > size && !error) {
        std::filesystem::resize_file(path, size);
      }
    }
  }

 private:
  Mutex mutex_;
  std::map<std::string, uint64_t> synced_ ABSL_GUARDED_BY(mutex_);
};

class FaultyFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  FaultyFile(std::string path, std::unique_ptr<rocksdb::FSWritableFile> file,
             std::shared_ptr<Faults> faults)
      : FSWritableFileOwnerWrapper(std::move(file)),
        path_(std::move(path)),
        faults_(std::move(faults)) {}

  using FSWritableFileOwnerWrapper::Append;
  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           rocksdb::IODebugContext* context) override {
    if (faults_->disk_full) return rocksdb::IOStatus::NoSpace("no space left on this test's disk");
    return FSWritableFileOwnerWrapper::Append(data, options, context);
  }
  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           const rocksdb::DataVerificationInfo& /*info*/,
                           rocksdb::IODebugContext* context) override {
    return Append(data, options, context);
  }
  rocksdb::IOStatus Sync(const rocksdb::IOOptions& options,
                         rocksdb::IODebugContext* context) override {
    ++faults_->syncs;
    if (faults_->sync_fails) return rocksdb::IOStatus::IOError("this test's disk does not sync");
    if (faults_->syncs_nothing) return rocksdb::IOStatus::OK();
    const rocksdb::IOStatus status = FSWritableFileOwnerWrapper::Sync(options, context);
    if (status.ok()) faults_->OnSynced(path_, GetFileSize(options, context));
    return status;
  }
  rocksdb::IOStatus Fsync(const rocksdb::IOOptions& options,
                          rocksdb::IODebugContext* context) override {
    return Sync(options, context);
  }

 private:
  const std::string path_;
  const std::shared_ptr<Faults> faults_;
};

class FaultyFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  explicit FaultyFileSystem(std::shared_ptr<Faults> faults)
      : FileSystemWrapper(rocksdb::FileSystem::Default()), faults_(std::move(faults)) {}

  const char* Name() const override { return "FaultyFileSystem"; }

  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* result,
                                    rocksdb::IODebugContext* context) override {
    std::unique_ptr<rocksdb::FSWritableFile> file;
    const rocksdb::IOStatus status =
        FileSystemWrapper::NewWritableFile(path, options, &file, context);
    if (!status.ok()) return status;
    faults_->OnCreated(path);
    *result = std::make_unique<FaultyFile>(path, std::move(file), faults_);
    return status;
  }
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                               const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* context) override {
    const rocksdb::IOStatus status = FileSystemWrapper::RenameFile(from, to, options, context);
    if (status.ok()) faults_->OnRenamed(from, to);
    return status;
  }

 private:
  const std::shared_ptr<Faults> faults_;
};

}  // namespace rsca::journal

#endif  // RSCA_TESTS_UNIT_SERVER_JOURNAL_FAULTY_FILE_SYSTEM_H_
