// The commands `verify` and `repair`.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "server/journal/commit_mark.h"
#include "server/journal_tool/commands.h"
#include "server/journal_tool/mender.h"
#include "server/journal_tool/place.h"
#include "server/journal_tool/salvage.h"
#include "server/journal_tool/verifier.h"

namespace rsca::journal {
namespace {

namespace fs = std::filesystem;

// Room beside the copy, for what RocksDB writes while it repairs: at most the journal once more.
constexpr uintmax_t kTimesItsSize = 2;

void Print(const std::vector<std::string>& lines, absl::string_view before = "") {
  for (const std::string& line : lines) std::cout << before << line << "\n";
}

void PrintVerification(const Verification& found) {
  Print(found.findings, "damaged: ");
  Print(found.notes, "note: ");
  if (found.sound()) {
    const size_t logs = found.contents.has_value() ? found.contents->logs.size() : 0;
    const uint64_t entries = found.contents.has_value() ? found.contents->entries() : 0;
    std::cout << "sound: " << logs << " registrations, " << entries << " results\n";
  } else {
    std::cout << "damaged: " << found.findings.size() << " findings\n";
  }
}

absl::Status SyncFile(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return absl::ErrnoToStatus(errno, absl::StrCat("cannot open ", path));
  const int result = fsync(descriptor);
  const int error = errno;
  close(descriptor);
  return result == 0 ? absl::OkStatus()
                     : absl::ErrnoToStatus(error, absl::StrCat("cannot sync ", path));
}

absl::Status CheckRoom(const std::string& directory) {
  uintmax_t bytes = 0;
  for (const auto& file : fs::recursive_directory_iterator(directory)) {
    if (file.is_regular_file()) bytes += file.file_size();
  }
  const uintmax_t room = fs::space(directory).available;
  if (room >= kTimesItsSize * bytes) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      absl::StrCat("there is not enough room for a copy: ", directory, " has ", bytes, " bytes, ",
                   kTimesItsSize * bytes, " are needed, ", room, " are free; nothing was changed"));
}

// The journal as it is, beside it. Half a copy is removed.
absl::StatusOr<std::string> Copy(const std::string& directory) {
  if (absl::Status status = CheckRoom(directory); !status.ok()) return status;
  std::string copy = directory + absl::FormatTime(".before-repair-%Y%m%dT%H%M%E3SZ", absl::Now(),
                                                  absl::UTCTimeZone());
  if (mkdir(copy.c_str(), S_IRWXU) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot make ", copy));
  }
  std::error_code error;
  fs::copy(directory, copy, fs::copy_options::recursive, error);
  absl::Status status =
      error ? absl::UnavailableError(absl::StrCat("cannot copy to ", copy, ": ", error.message()))
            : absl::OkStatus();
  for (const auto& file : fs::recursive_directory_iterator(copy)) {
    if (status.ok()) status = SyncFile(file.path().string());
  }
  if (status.ok()) status = SyncFile(copy);
  if (status.ok()) return copy;
  fs::remove_all(copy, error);
  return status;
}

// What root has written would be closed to the user that the server runs as.
void GiveToOwner(const std::string& directory) {
  struct stat owner = {};
  if (geteuid() != 0 || stat(directory.c_str(), &owner) != 0) return;
  for (const auto& file : fs::recursive_directory_iterator(directory)) {
    if (lchown(file.path().c_str(), owner.st_uid, owner.st_gid) != 0) {
      std::cerr << "rsca-journal: cannot give " << file.path() << " to the journal's owner\n";
    }
  }
}

absl::Status MendStore(const std::string& directory, bool newest_missing) {
  StoreOptions options;
  options.directory = directory;
  options.info_log = SilentLog();
  const auto store = Store::Open(options);
  if (!store.ok()) return store.status();
  const absl::StatusOr<Contents> contents = CheckContents(**store);
  if (!contents.ok()) return contents.status();
  const auto said = Mend(*contents, newest_missing, store->get());
  if (!said.ok()) return said.status();
  Print(*said, "mended: ");
  // It was true of what is gone now; the server begins a new one.
  std::error_code error;
  fs::remove(MarkPath(directory), error);
  return SyncFile(directory);
}

absl::Status Mend(const std::string& directory, const Verification& found) {
  const bool files_missing = !found.opens.ok() || found.manifest_behind;
  bool newest_missing = files_missing || found.missing_changes > 0;
  if (files_missing || found.tables_damaged) {
    const absl::StatusOr<Salvaged> salvaged = Salvage(directory);
    if (!salvaged.ok()) return salvaged.status();
    Print(salvaged->said, "salvaged: ");
    newest_missing = newest_missing || salvaged->newest_may_be_missing;
  }
  return MendStore(directory, newest_missing);
}

int Repair(std::string directory) {
  const auto holder = TakeJournal(&directory);
  if (!holder.ok()) return Fail(holder.status());
  const absl::StatusOr<Verification> before = Verify(directory);
  if (!before.ok()) return Fail(before.status());
  PrintVerification(*before);
  if (before->sound()) {
    std::cout << "nothing to repair, nothing was changed\n";
    return kExitOk;
  }
  const absl::StatusOr<std::string> copy = Copy(directory);
  if (!copy.ok()) return Fail(copy.status());
  std::cout << "copied to " << *copy << std::endl;
  if (absl::Status status = Mend(directory, *before); !status.ok()) {
    std::cerr << "rsca-journal: the repair could not be finished; what was there is in " << *copy
              << std::endl;
    return Fail(status);
  }
  GiveToOwner(directory);
  const absl::StatusOr<Verification> after = Verify(directory);
  if (!after.ok()) return Fail(after.status());
  PrintVerification(*after);
  return after->sound() ? kExitOk : kExitDamaged;
}

}  // namespace

int VerifyJournal(const std::string& given) {
  std::string directory = given;
  const auto holder = TakeJournal(&directory);
  if (!holder.ok()) return Fail(holder.status());
  const absl::StatusOr<Verification> found = Verify(directory);
  if (!found.ok()) return Fail(found.status());
  PrintVerification(*found);
  return found->sound() ? kExitOk : kExitDamaged;
}

int RepairJournal(const std::string& directory) {
  try {
    return Repair(directory);
  } catch (const fs::filesystem_error& error) {
    return Fail(absl::UnavailableError(error.what()));
  }
}

}  // namespace rsca::journal
