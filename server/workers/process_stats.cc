#include "server/workers/process_stats.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace rsca::workers {
namespace {

// Not through streams: a file of /proc whose process has just ended opens, and then gives ESRCH.
absl::StatusOr<std::string> ReadProc(int pid, absl::string_view file) {
  const std::string path = absl::StrCat("/proc/", pid, "/", file);
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return absl::ErrnoToStatus(errno, path);
  std::string text;
  char buffer[4096];
  while (true) {
    const ssize_t count = read(fd, buffer, sizeof(buffer));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      const int error = errno;
      close(fd);
      return absl::ErrnoToStatus(error, path);
    }
    if (count == 0) break;
    text.append(buffer, static_cast<size_t>(count));
  }
  close(fd);
  return text;
}

uint64_t Number(absl::string_view text) {
  uint64_t number = 0;
  return absl::SimpleAtoi(text, &number) ? number : 0;
}

// In pages: total, resident, shared, ...
absl::StatusOr<std::vector<uint64_t>> ReadStatm(int pid) {
  const absl::StatusOr<std::string> text = ReadProc(pid, "statm");
  if (!text.ok()) return text.status();
  const auto page = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  std::vector<uint64_t> bytes;
  for (const absl::string_view word : absl::StrSplit(*text, ' ')) {
    bytes.push_back(Number(word) * page);
  }
  if (bytes.size() < 3) return absl::NotFoundError(absl::StrCat("process ", pid, " has ended"));
  return bytes;
}

// What the process has written to, in memory or swapped out.
absl::StatusOr<uint64_t> ReadPrivateBytes(int pid) {
  const absl::StatusOr<std::string> text = ReadProc(pid, "smaps_rollup");
  if (!text.ok()) return text.status();
  uint64_t kib = 0;
  for (const absl::string_view line : absl::StrSplit(*text, '\n')) {
    // Clean pages are those of files; they are private or shared as others have the same file open.
    if (!absl::StartsWith(line, "Private_Dirty:") && !absl::StartsWith(line, "Swap:")) continue;
    const std::vector<absl::string_view> words = absl::StrSplit(line, ' ', absl::SkipEmpty());
    if (words.size() >= 2) kib += Number(words[1]);
  }
  return kib << 10;
}

// Fields of proc(5)'s stat, which count from 1; the second may hold anything, in parentheses.
constexpr size_t kUserTime = 14;
constexpr size_t kSystemTime = 15;
constexpr size_t kThreads = 20;

void ReadStat(const std::string& text, ProcessStats* stats) {
  const size_t name_end = text.rfind(')');
  if (name_end == std::string::npos || name_end + 2 >= text.size()) return;
  const std::vector<absl::string_view> words = absl::StrSplit(text.substr(name_end + 2), ' ');
  const auto field = [&words](size_t number) {
    return number - 3 < words.size() ? Number(words[number - 3]) : 0;
  };
  const double ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  stats->cpu_time =
      absl::Seconds(static_cast<double>(field(kUserTime) + field(kSystemTime)) / ticks);
  stats->threads = static_cast<int>(field(kThreads));
}

int CountDescriptors(int pid) {
  std::error_code error;
  int count = 0;
  for (std::filesystem::directory_iterator entry(absl::StrCat("/proc/", pid, "/fd"), error), end;
       !error && entry != end; entry.increment(error)) {
    ++count;
  }
  return count;
}

}  // namespace

absl::StatusOr<uint64_t> ReadResidentBytes(int pid) {
  const auto statm = ReadStatm(pid);
  if (!statm.ok()) return statm.status();
  return (*statm)[1];
}

absl::StatusOr<ProcessStats> ReadProcessStats(int pid) {
  const auto statm = ReadStatm(pid);
  if (!statm.ok()) return statm.status();
  const auto stat = ReadProc(pid, "stat");
  if (!stat.ok()) return stat.status();
  ProcessStats stats;
  stats.virtual_bytes = (*statm)[0];
  stats.resident_bytes = (*statm)[1];
  // A process with another user cannot be looked into: what is not shared with a file is next best.
  stats.private_bytes = (*statm)[1] - (*statm)[2];
  const auto private_bytes = ReadPrivateBytes(pid);
  if (private_bytes.ok() && *private_bytes > 0) stats.private_bytes = *private_bytes;
  ReadStat(*stat, &stats);
  stats.descriptors = CountDescriptors(pid);
  return stats;
}

}  // namespace rsca::workers
