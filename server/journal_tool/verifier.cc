#include "server/journal_tool/verifier.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <memory>

#include "absl/strings/str_cat.h"
#include "server/journal/commit_mark.h"
#include "server/journal/journal_clock.h"
#include "server/journal_tool/output.h"
#include "server/journal_tool/place.h"

namespace rsca::journal {
namespace {

std::vector<std::string> TablesOnDisk(const std::string& directory) {
  std::vector<std::string> paths;
  std::error_code error;
  for (const auto& file : std::filesystem::directory_iterator(directory, error)) {
    if (file.path().extension() == ".sst") paths.push_back(file.path().string());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

// What the user may not read is not damaged.
absl::Status CheckReadable(const std::string& directory) {
  std::error_code error;
  std::filesystem::directory_iterator files(directory, error);
  if (error) return absl::UnavailableError(absl::StrCat("cannot read ", directory));
  for (const auto& file : files) {
    if (access(file.path().c_str(), R_OK) == 0) continue;
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot read ", file.path().string()));
  }
  return absl::OkStatus();
}

void CheckTable(const std::string& path, Verification* found) {
  absl::Status status = Store::VerifyFile(path);
  if (status.ok()) return;
  std::error_code error;
  if (!std::filesystem::exists(path, error)) status = absl::DataLossError(path + " is missing");
  found->tables_damaged = true;
  found->findings.push_back(absl::StrCat("file ", status.message()));
}

// Where nothing was ever stored: a server may have ended before it began.
bool HasDatabase(const std::string& directory) {
  std::error_code error;
  return std::filesystem::exists(absl::StrCat(directory, "/CURRENT"), error) ||
         !TablesOnDisk(directory).empty() || std::filesystem::exists(MarkPath(directory), error);
}

void CheckMark(const std::string& directory, const Store& store, Verification* found) {
  const std::optional<Mark> mark = ReadMark(MarkPath(directory));
  if (!mark.has_value()) {
    found->notes.emplace_back(
        "there is no readable file `committed`: a loss of newest results "
        "would not be noticed");
    return;
  }
  if (!found->contents->header.has_value()) return;
  const uint64_t missing = MissingChanges(*mark, found->contents->header->id, store.LastChange());
  if (missing == 0) return;
  const std::string what = absl::StrCat("file committed: the last ", missing, " of ", mark->change,
                                        " changes are missing from the database");
  if (mark->power_safe || mark->boot_id == HostUptime().BootId()) {
    found->missing_changes = missing;
    found->findings.push_back(what);
  } else {
    found->notes.push_back(what + "; the host went down before they were synced");
  }
}

// A server that was killed may leave tables that the MANIFEST does not name yet, or not any more:
// of those the log files, or other tables, have everything.
void CheckManifest(const std::string& directory, const std::vector<std::string>& named,
                   Verification* found) {
  if (found->sound()) return;
  for (const std::string& table : TablesOnDisk(directory)) {
    const auto same_name = [&](const std::string& path) {
      return std::filesystem::path(path).filename() == std::filesystem::path(table).filename();
    };
    if (std::any_of(named.begin(), named.end(), same_name)) continue;
    found->manifest_behind = true;
    found->findings.push_back(
        absl::StrCat("file ", table, " is not named in the MANIFEST, which may have lost its end"));
  }
}

absl::Status CheckStore(const std::string& directory, const Store& store, Verification* found) {
  absl::StatusOr<Contents> contents = CheckContents(store);
  if (!contents.ok()) return contents.status();
  found->contents = *std::move(contents);
  const Contents& read = *found->contents;
  for (const std::string& problem : read.problems) {
    found->findings.push_back("database: " + problem);
  }
  // A server that ended before it wrote one has written nothing else.
  const bool unused = read.empty && !ReadMark(MarkPath(directory)).has_value();
  if (!read.header.has_value() && !unused) {
    found->findings.emplace_back("database: there is no header that can be read");
  }
  for (const auto& [number, log] : read.logs) {
    for (const std::string& problem : log.problems) {
      found->findings.push_back(absl::StrCat(log.Name(), ": ", problem));
    }
  }
  CheckMark(directory, store, found);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Verification> Verify(const std::string& directory) {
  Verification found;
  if (absl::Status status = CheckReadable(directory); !status.ok()) return status;
  if (!HasDatabase(directory)) {
    found.notes.emplace_back("nothing was ever stored in it");
    return found;
  }
  auto store = OpenForReading(directory, /*lenient=*/false);
  found.opens = store.status();
  if (!store.ok()) {
    found.findings.emplace_back(store.status().message());
    store = OpenForReading(directory, /*lenient=*/true);
  }
  std::vector<std::string> tables;
  if (store.ok()) {
    for (const Store::File& file : (*store)->Files()) tables.push_back(file.path);
  } else {
    tables = TablesOnDisk(directory);
  }
  Progress progress("files checked");
  for (const std::string& table : tables) {
    CheckTable(table, &found);
    progress.Step();
  }
  if (!store.ok()) return found;
  if (absl::Status status = CheckStore(directory, **store, &found); !status.ok()) return status;
  CheckManifest(directory, tables, &found);
  return found;
}

}  // namespace rsca::journal
