#include "server/journal/store_keeper.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/log.h"
#include "server/journal/log_files.h"

namespace rsca::journal {
namespace {

// What a healed disk must have room for: a write buffer can be flushed then.
constexpr size_t kProbeBytes = 1 << 20;

// Something else is in it. A file system of its own has `lost+found`.
bool IsOfSomebodyElse(const std::string& directory) {
  bool has_others = false;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    const std::string name = entry.path().filename();
    if (name == "holder" || name == "CURRENT" || entry.path() == MarkPath(directory)) return false;
    has_others = has_others || name != "lost+found";
  }
  return has_others;
}

absl::Status MakeDirectory(const std::string& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) {
    return absl::UnavailableError(absl::StrCat("cannot make the journal's directory ", directory,
                                               ": ", error.message(),
                                               "; journal.directory names it"));
  }
  if (IsOfSomebodyElse(directory)) {
    return absl::FailedPreconditionError(
        absl::StrCat(directory,
                     " is no journal and has other files; journal.directory names a "
                     "directory that is the journal's alone"));
  }
  // Results may hold secrets.
  if (chmod(directory.c_str(), S_IRWXU) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot restrict access to ", directory));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<StoreKeeper>> StoreKeeper::Open(const StoreOptions& options,
                                                               const std::string& boot_id) {
  std::unique_ptr<StoreKeeper> keeper(new StoreKeeper(options, boot_id));
  if (absl::Status status = MakeDirectory(options.directory); !status.ok()) return status;
  auto holder = Holder::Take(options.directory);
  if (!holder.ok()) return holder.status();
  keeper->holder_ = *std::move(holder);
  if (absl::Status status = keeper->OpenStore(); !status.ok()) return status;
  if (absl::Status status = keeper->ReadOrMakeHeader(); !status.ok()) return status;
  if (absl::Status status = keeper->CheckMark(); !status.ok()) return status;
  auto mark_file = CommitMark::Open(MarkPath(options.directory));
  if (!mark_file.ok()) return mark_file.status();
  keeper->mark_file_ = *std::move(mark_file);
  if (!keeper->unwritable_.ok()) return keeper;
  if (absl::Status status = keeper->Note(/*power_safe=*/true); !status.ok()) return status;
  return keeper;
}

absl::Status StoreKeeper::Damaged(absl::string_view what) const {
  return absl::DataLossError(absl::StrCat(
      "the journal ", directory(), " is damaged: ", what, "; `rsca-journal verify ", directory(),
      "` shows the extent, `rsca-journal repair ", directory(), "` mends it and keeps a copy"));
}

std::shared_ptr<Store> StoreKeeper::store() const {
  MutexLock lock(&mutex_);
  return store_;
}

absl::Status StoreKeeper::OpenStore() {
  // Before RocksDB sees them: it deletes what it takes for superfluous.
  absl::Status files = CheckLogFiles(options_.directory, boot_id_);
  if (absl::IsDataLoss(files)) return Damaged(files.message());
  if (!files.ok()) return files;
  auto store = Store::Open(options_);
  unwritable_ = absl::OkStatus();
  if (absl::IsResourceExhausted(store.status())) {
    // RocksDB writes when it opens. What is there can be read without.
    StoreOptions reading = options_;
    reading.read_only = true;
    auto readable = Store::Open(reading);
    if (!readable.ok()) return store.status();
    unwritable_ = store.status();
    store = std::move(readable);
  }
  if (absl::IsDataLoss(store.status())) {
    return Damaged(store.status().message());
  }
  if (!store.ok()) return store.status();
  MutexLock lock(&mutex_);
  store_ = *std::move(store);
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<Store>> StoreKeeper::WritableStore() const {
  if (!unwritable_.ok()) return unwritable_;
  std::shared_ptr<Store> store = this->store();
  if (store == nullptr) return absl::UnavailableError("the database is not open");
  return store;
}

absl::Status StoreKeeper::ReadOrMakeHeader() {
  const std::shared_ptr<Store> store = this->store();
  const absl::StatusOr<std::string> value = store->Get(HeaderKey());
  if (value.ok()) {
    const std::optional<Header> header = DecodeHeader(*value);
    if (!header.has_value()) return Damaged("its header cannot be read");
    if (header->version > kFormatVersion) {
      return absl::FailedPreconditionError(
          absl::StrCat("the journal ", options_.directory, " has format version ", header->version,
                       ", written by a newer rscad; this one knows version ", kFormatVersion));
    }
    header_ = *header;
    return absl::OkStatus();
  }
  if (!absl::IsNotFound(value.status())) return Damaged(value.status().message());
  const std::unique_ptr<rocksdb::Iterator> iterator = store->Iterate();
  iterator->SeekToFirst();
  const std::optional<Mark> mark = ReadMark(MarkPath(options_.directory));
  if (mark.has_value()) {
    return Damaged(absl::StrCat("it is empty, although ", mark->change, " changes were committed"));
  }
  if (iterator->Valid()) return Damaged("its header is missing");
  header_.id = NewJournalId();
  rocksdb::WriteBatch batch;
  batch.Put(HeaderKey(), EncodeHeader(header_));
  return store->Write(&batch, /*sync=*/true);
}

absl::Status StoreKeeper::CheckMark() const {
  const std::string path = MarkPath(options_.directory);
  const std::optional<Mark> mark = ReadMark(path);
  if (!mark.has_value()) {
    std::error_code error;
    if (std::filesystem::exists(path, error)) {
      LogWarning(
          "cannot read how far the journal was committed: a loss of its newest results would "
          "not be noticed",
          {{"file", path}});
    }
    return absl::OkStatus();
  }
  const uint64_t missing = MissingChanges(*mark, header_.id, store()->LastChange());
  if (missing == 0) return absl::OkStatus();
  const std::string lost =
      absl::StrCat("the last ", missing, " of ", mark->change,
                   " changes that were committed are missing from the end of its newest log");
  if (mark->power_safe || mark->boot_id == boot_id_) return Damaged(lost);
  LogWarning("the host went down before the journal was synced",
             {{"journal", options_.directory}, {"lost_changes", missing}});
  return absl::OkStatus();
}

absl::Status StoreKeeper::Note(bool power_safe) {
  mark_.change = store()->LastChange();
  mark_.journal_id = header_.id;
  mark_.boot_id = boot_id_;
  mark_.power_safe = power_safe;
  return NoteManifest();
}

absl::Status StoreKeeper::NoteManifest() {
  // It changes seldom, and asking RocksDB takes longer than asking the host.
  struct stat file = {};
  const std::string path = ManifestPath(options_.directory, mark_.manifest);
  if (stat(path.c_str(), &file) != 0 ||
      static_cast<uint64_t>(file.st_size) != mark_.manifest_bytes) {
    const absl::StatusOr<Store::Manifest> manifest = store()->CurrentManifest();
    if (!manifest.ok()) return manifest.status();
    mark_.manifest = manifest->number;
    mark_.manifest_bytes = manifest->bytes;
  }
  return mark_file_->Note(mark_);
}

void StoreKeeper::Close() {
  const auto store = WritableStore();
  if (!store.ok()) return;
  // So that the next start has nothing to replay. Without it, it replays.
  absl::Status status = (*store)->Flush(/*wait=*/true);
  (*store)->EndBackgroundWork();
  status.Update(NoteManifest());
  if (!status.ok()) {
    LogWarning("the journal's files are left as if the server had been killed",
               {{"error", absl::string_view(status.message())}});
  }
}

absl::Status StoreKeeper::Write(rocksdb::WriteBatch* batch, bool power_safe) {
  const auto store = WritableStore();
  if (!store.ok()) return store.status();
  if (absl::Status status = (*store)->Write(batch, power_safe); !status.ok()) return status;
  return Note(power_safe);
}

absl::Status StoreKeeper::Sync() {
  const auto store = WritableStore();
  if (!store.ok()) return store.status();
  if (absl::Status status = (*store)->Sync(); !status.ok()) return status;
  return Note(/*power_safe=*/true);
}

absl::Status StoreKeeper::Upgrade(rocksdb::WriteBatch* batch) {
  const uint32_t before = std::exchange(header_.version, kFormatVersion);
  batch->Put(HeaderKey(), EncodeHeader(header_));
  if (absl::Status status = Write(batch, /*power_safe=*/true); !status.ok()) return status;
  LogInfo("the journal has been brought to this version's format",
          {{"journal", options_.directory}, {"from", before}, {"to", kFormatVersion}});
  return absl::OkStatus();
}

// Whether the disk takes anything: a database that cannot be opened any more is worse than one that
// can only be read.
absl::Status StoreKeeper::Probe() const {
  const std::string path = absl::StrCat(options_.directory, "/probe");
  const int descriptor = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (descriptor < 0) return absl::ErrnoToStatus(errno, absl::StrCat("cannot make ", path));
  const std::string bytes(kProbeBytes, 'x');
  errno = ENOSPC;
  const bool written =
      write(descriptor, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) &&
      fsync(descriptor) == 0;
  const int error = errno;
  close(descriptor);
  unlink(path.c_str());
  if (written) return absl::OkStatus();
  return absl::ErrnoToStatus(error, absl::StrCat("cannot write to ", options_.directory));
}

absl::Status StoreKeeper::Heal() {
  if (absl::Status status = Probe(); !status.ok()) return status;
  if (const auto store = WritableStore(); store.ok() && (*store)->Resume().ok()) {
    return absl::OkStatus();
  }
  std::weak_ptr<Store> old;
  {
    MutexLock lock(&mutex_);
    old = store_;
    store_ = nullptr;
  }
  // Readers that are in it now keep it open; they are quick.
  if (!old.expired()) return absl::UnavailableError("the database is still being read");
  absl::Status status = OpenStore();
  return status.ok() ? unwritable_ : status;
}

}  // namespace rsca::journal
