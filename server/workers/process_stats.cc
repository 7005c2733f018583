#include "server/workers/process_stats.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <initializer_list>
#include <string>
#include <vector>

#include "absl/algorithm/container.h"
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

// The sum of some lines `Name: N kB` of what the kernel has counted over all of its memory.
absl::StatusOr<uint64_t> SumOfMemory(int pid, std::initializer_list<absl::string_view> names) {
  const absl::StatusOr<std::string> text = ReadProc(pid, "smaps_rollup");
  if (!text.ok()) return text.status();
  uint64_t kib = 0;
  for (const absl::string_view line : absl::StrSplit(*text, '\n')) {
    const std::vector<absl::string_view> words = absl::StrSplit(line, ' ', absl::SkipEmpty());
    if (words.size() < 2 || !absl::c_linear_search(names, words[0])) continue;
    kib += Number(words[1]);
  }
  return kib << 10;
}

// Fields of proc(5)'s stat, which count from 1; the second may hold anything, in parentheses.
constexpr size_t kUserTime = 14;
constexpr size_t kSystemTime = 15;
constexpr size_t kChildrensUserTime = 16;
constexpr size_t kChildrensSystemTime = 17;
constexpr size_t kThreads = 20;

class Stat {
 public:
  explicit Stat(const std::string& text) {
    const size_t name_end = text.rfind(')');
    if (name_end == std::string::npos || name_end + 2 >= text.size()) return;
    fields_ = absl::StrSplit(text.substr(name_end + 2), ' ');
  }
  uint64_t field(size_t number) const {
    return number - 3 < fields_.size() ? Number(fields_[number - 3]) : 0;
  }

 private:
  std::vector<std::string> fields_;
};

absl::Duration Ticks(uint64_t ticks) {
  return absl::Seconds(static_cast<double>(ticks) / static_cast<double>(sysconf(_SC_CLK_TCK)));
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

absl::StatusOr<ProcessUsage> ReadProcessUsage(int pid) {
  const auto resident = ReadResidentBytes(pid);
  if (!resident.ok()) return resident.status();
  const auto text = ReadProc(pid, "stat");
  if (!text.ok()) return text.status();
  const Stat stat(*text);
  ProcessUsage usage;
  usage.cpu_time = Ticks(stat.field(kUserTime) + stat.field(kSystemTime) +
                         stat.field(kChildrensUserTime) + stat.field(kChildrensSystemTime));
  usage.memory_bytes = SumOfMemory(pid, {"Pss:", "SwapPss:"}).value_or(*resident);
  return usage;
}

absl::StatusOr<ProcessStats> ReadProcessStats(int pid) {
  const auto statm = ReadStatm(pid);
  if (!statm.ok()) return statm.status();
  const auto text = ReadProc(pid, "stat");
  if (!text.ok()) return text.status();
  const Stat stat(*text);
  ProcessStats stats;
  stats.cpu_time = Ticks(stat.field(kUserTime) + stat.field(kSystemTime));
  stats.threads = static_cast<int>(stat.field(kThreads));
  stats.virtual_bytes = (*statm)[0];
  stats.resident_bytes = (*statm)[1];
  // A process with another user cannot be looked into: what is not shared with a file is next best.
  stats.private_bytes = (*statm)[1] - (*statm)[2];
  // Clean pages are those of files; they are private or shared as others have the same file open.
  const auto private_bytes = SumOfMemory(pid, {"Private_Dirty:", "Swap:"});
  if (private_bytes.ok() && *private_bytes > 0) stats.private_bytes = *private_bytes;
  stats.descriptors = CountDescriptors(pid);
  return stats;
}

}  // namespace rsca::workers
