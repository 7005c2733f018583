#include "server/journal/commit_mark.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "server/journal/crc32c.h"

namespace rsca::journal {
namespace {

constexpr char kPowerSafe[] = "synced";
constexpr char kProcessSafe[] = "unsynced";

// Of what stands before it, at the end of the line.
std::string ChecksumOf(absl::string_view text) { return absl::StrFormat("%08x", Crc32c(text)); }

}  // namespace

std::string MarkPath(const std::string& directory) { return directory + "/committed"; }

uint64_t MissingChanges(const Mark& mark, const std::string& journal_id, uint64_t last_change) {
  if (mark.journal_id != journal_id || last_change >= mark.change) return 0;
  return mark.change - last_change;
}

std::optional<Mark> ReadMark(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  const size_t checksum_at = line.rfind(' ');
  if (checksum_at == std::string::npos ||
      line.substr(checksum_at + 1) != ChecksumOf(line.substr(0, checksum_at))) {
    return std::nullopt;
  }
  const std::vector<std::string> words = absl::StrSplit(line, ' ', absl::SkipEmpty());
  Mark mark;
  if (words.size() != 7 || !absl::SimpleAtoi(words[0], &mark.change) ||
      !absl::SimpleAtoi(words[4], &mark.manifest) ||
      !absl::SimpleAtoi(words[5], &mark.manifest_bytes)) {
    return std::nullopt;
  }
  mark.journal_id = absl::HexStringToBytes(words[1]);
  mark.boot_id = words[2];
  mark.power_safe = words[3] == kPowerSafe;
  return mark;
}

absl::StatusOr<std::unique_ptr<CommitMark>> CommitMark::Open(const std::string& path) {
  const int descriptor = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return absl::ErrnoToStatus(errno, absl::StrCat("cannot open ", path));
  return std::unique_ptr<CommitMark>(new CommitMark(path, descriptor));
}

CommitMark::~CommitMark() { close(descriptor_); }

absl::Status CommitMark::Note(const Mark& mark) {
  // Always of one length and in one place: a full disk has room for it once it is there.
  std::string line = absl::StrFormat("%020u %s %36s %8s %020u %020u", mark.change,
                                     absl::BytesToHexString(mark.journal_id), mark.boot_id,
                                     mark.power_safe ? kPowerSafe : kProcessSafe, mark.manifest,
                                     mark.manifest_bytes);
  line += " " + ChecksumOf(line) + "\n";
  const ssize_t written = pwrite(descriptor_, line.data(), line.size(), 0);
  if (written == static_cast<ssize_t>(line.size())) return absl::OkStatus();
  return absl::ErrnoToStatus(written < 0 ? errno : ENOSPC, absl::StrCat("cannot write ", path_));
}

}  // namespace rsca::journal
