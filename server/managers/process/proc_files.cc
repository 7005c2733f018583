#include "server/managers/process/proc_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <system_error>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "server/managers/base/unique_fd.h"

namespace rsca::managers {
namespace {

constexpr size_t kCommandLineLimit = 4096;

[[noreturn]] void Throw(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

// Up to `limit` bytes; empty when there is no such file any more, or none to be read.
std::string ReadFile(const std::string& path, size_t limit) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd && (errno == EMFILE || errno == ENFILE || errno == ENOMEM)) Throw("reading /proc");
  std::string text(limit, '\0');
  size_t size = 0;
  while (fd && size < limit) {
    const ssize_t count = read(fd.Get(), text.data() + size, limit - size);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    size += static_cast<size_t>(count);
  }
  text.resize(size);
  return text;
}

std::string ReadProcFile(pid_t pid, absl::string_view name, size_t limit) {
  return ReadFile(absl::StrCat("/proc/", pid, "/", name), limit);
}

// The first number of the line of /proc/PID/status that begins with `key`.
std::optional<uint64_t> StatusNumber(pid_t pid, absl::string_view key) {
  const std::string text = ReadProcFile(pid, "status", 16384);
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    if (!absl::ConsumePrefix(&line, key)) continue;
    const std::vector<absl::string_view> words =
        absl::StrSplit(line, absl::ByAnyChar("\t "), absl::SkipEmpty());
    uint64_t value = 0;
    if (!words.empty() && absl::SimpleAtoi(words[0], &value)) return value;
  }
  return std::nullopt;
}

absl::Time ReadBootTime() {
  // The line stands behind one for each processor and the long one of all interrupts.
  const std::string text = ReadFile("/proc/stat", 4 << 20);
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    int64_t seconds = 0;
    if (absl::ConsumePrefix(&line, "btime ") && absl::SimpleAtoi(line, &seconds)) {
      return absl::FromUnixSeconds(seconds);
    }
  }
  return absl::UnixEpoch();
}

}  // namespace

std::optional<ProcessStat> ParseStat(absl::string_view text) {
  const size_t open = text.find('(');
  const size_t close = text.rfind(')');
  if (open == absl::string_view::npos || close == absl::string_view::npos || close < open) {
    return std::nullopt;
  }
  ProcessStat stat;
  stat.name = std::string(text.substr(open + 1, close - open - 1));
  // Numbered from 3 in proc(5).
  const std::vector<absl::string_view> fields =
      absl::StrSplit(text.substr(close + 1), absl::ByAnyChar(" \n"), absl::SkipEmpty());
  constexpr size_t kFields = 22;
  if (fields.size() < kFields) return std::nullopt;
  uint64_t user_ticks = 0;
  uint64_t system_ticks = 0;
  uint64_t pages = 0;
  if (!absl::SimpleAtoi(text.substr(0, open), &stat.pid) ||
      !absl::SimpleAtoi(fields[1], &stat.ppid) || !absl::SimpleAtoi(fields[11], &user_ticks) ||
      !absl::SimpleAtoi(fields[12], &system_ticks) ||
      !absl::SimpleAtoi(fields[17], &stat.threads) ||
      !absl::SimpleAtoi(fields[19], &stat.start_ticks) || !absl::SimpleAtoi(fields[21], &pages)) {
    return std::nullopt;
  }
  stat.state = fields[0][0];
  stat.cpu_seconds =
      static_cast<double>(user_ticks + system_ticks) / static_cast<double>(sysconf(_SC_CLK_TCK));
  stat.rss_bytes = pages * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  return stat;
}

std::vector<pid_t> ListPids() {
  std::vector<pid_t> pids;
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(opendir("/proc"), closedir);
  if (directory == nullptr) Throw("reading /proc");
  while (const dirent* entry = readdir(directory.get())) {
    pid_t pid = 0;
    if (absl::SimpleAtoi(entry->d_name, &pid)) pids.push_back(pid);
  }
  return pids;
}

std::optional<ProcessStat> ReadStat(pid_t pid) {
  return ParseStat(ReadProcFile(pid, "stat", 4096));
}

std::string ReadCommandLine(pid_t pid) {
  std::string words = ReadProcFile(pid, "cmdline", kCommandLineLimit);
  while (!words.empty() && words.back() == '\0') words.pop_back();
  std::replace(words.begin(), words.end(), '\0', ' ');
  return words;
}

std::optional<uid_t> ReadUid(pid_t pid) {
  const auto uid = StatusNumber(pid, "Uid:");
  if (!uid) return std::nullopt;
  return static_cast<uid_t>(*uid);
}

uint64_t PeakMemoryBytes(pid_t pid) { return StatusNumber(pid, "VmHWM:").value_or(0) * 1024; }

absl::Time StartTime(uint64_t start_ticks) {
  static const absl::Time boot = ReadBootTime();
  const double hertz = static_cast<double>(sysconf(_SC_CLK_TCK));
  return boot + absl::Seconds(static_cast<double>(start_ticks) / hertz);
}

}  // namespace rsca::managers
