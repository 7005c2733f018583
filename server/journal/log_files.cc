#include "server/journal/log_files.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "server/journal/commit_mark.h"
#include "server/journal/log_walk.h"

namespace rsca::journal {
namespace {

namespace fs = std::filesystem;

std::string ManifestName(uint64_t number) { return absl::StrFormat("MANIFEST-%06u", number); }

absl::Status DamagedFile(const std::string& path, absl::string_view what) {
  return absl::DataLossError(absl::StrCat("file ", path, ": ", what));
}

// The number of the MANIFEST that CURRENT names; nothing if there is no CURRENT.
absl::StatusOr<std::optional<uint64_t>> NumberInCurrent(const std::string& directory) {
  const std::string path = directory + "/CURRENT";
  std::error_code error;
  if (!fs::exists(path, error)) return std::nullopt;
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  absl::string_view text = line;
  uint64_t number = 0;
  if (file.eof() || !absl::ConsumePrefix(&text, "MANIFEST-") || !absl::SimpleAtoi(text, &number) ||
      line != ManifestName(number)) {
    return DamagedFile(path, "it names no MANIFEST");
  }
  return number;
}

// Whether a file is as it was left. `unsynced_lost`: the host may have lost what was not synced.
absl::Status CheckWalk(const std::string& path, const LogWalk& walk, bool unsynced_lost) {
  if (walk.end != LogWalk::End::kDamaged) return absl::OkStatus();
  // Each change of the MANIFEST is synced before the next one: what another follows was whole.
  if (!walk.goes_on && unsynced_lost) return absl::OkStatus();
  return DamagedFile(path, absl::StrCat(walk.what, "; it has ", walk.size, " bytes"));
}

absl::Status CheckManifest(const std::string& directory, uint64_t number,
                           const std::optional<Mark>& mark, bool unsynced_lost) {
  const std::string path = ManifestPath(directory, number);
  std::error_code error;
  if (!fs::exists(path, error)) {
    return DamagedFile(directory + "/CURRENT",
                       absl::StrCat("it names ", path, ", which is not there"));
  }
  const absl::StatusOr<LogWalk> walk = WalkLog(path);
  if (!walk.ok()) return walk.status();
  if (absl::Status status = CheckWalk(path, *walk, unsynced_lost); !status.ok()) return status;
  if (unsynced_lost) return absl::OkStatus();
  if (number < mark->manifest) {
    return DamagedFile(directory + "/CURRENT", absl::StrCat("it names MANIFEST ", number, " where ",
                                                            mark->manifest, " was in use"));
  }
  if (number == mark->manifest && walk->sound < mark->manifest_bytes) {
    return DamagedFile(path,
                       absl::StrCat("it ends at ", walk->sound, " of ", mark->manifest_bytes));
  }
  return absl::OkStatus();
}

std::vector<std::string> WriteAheadLogs(const std::string& directory) {
  std::vector<std::string> paths;
  std::error_code error;
  for (const auto& file : fs::directory_iterator(directory, error)) {
    if (file.path().extension() == ".log") paths.push_back(file.path().string());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace

std::string ManifestPath(const std::string& directory, uint64_t number) {
  return absl::StrCat(directory, "/", ManifestName(number));
}

absl::Status CheckLogFiles(const std::string& directory, const std::string& boot_id) {
  const absl::StatusOr<std::optional<uint64_t>> manifest = NumberInCurrent(directory);
  if (!manifest.ok()) return manifest.status();
  if (!manifest->has_value()) return absl::OkStatus();  // a new one, or RocksDB's to say
  const std::optional<Mark> mark = ReadMark(MarkPath(directory));
  const bool unsynced_lost = !mark.has_value() || mark->boot_id != boot_id;
  if (absl::Status status = CheckManifest(directory, **manifest, mark, unsynced_lost);
      !status.ok()) {
    return status;
  }
  // Where not every commit was synced, anything may stand after a part that the host did not get
  // to write; `committed` tells what must be there.
  if (unsynced_lost) return absl::OkStatus();
  for (const std::string& path : WriteAheadLogs(directory)) {
    const absl::StatusOr<LogWalk> walk = WalkLog(path);
    if (!walk.ok()) return walk.status();
    if (absl::Status status = CheckWalk(path, *walk, unsynced_lost); !status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace rsca::journal
