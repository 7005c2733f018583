#include "tests/support/proc.h"

#include <signal.h>

#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <optional>
#include <sstream>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tests/support/temp_dir.h"

namespace rsca::support {
namespace {

struct Stat {
  std::string name;
  char state = 0;
  pid_t parent = 0;
};

std::optional<Stat> ReadStat(pid_t pid) {
  const std::string text = ReadFile(absl::StrCat("/proc/", pid, "/stat"));
  const size_t open = text.find('(');
  const size_t close = text.rfind(')');  // the name may hold any character
  if (open == std::string::npos || close == std::string::npos) return std::nullopt;
  Stat stat;
  stat.name = text.substr(open + 1, close - open - 1);
  std::istringstream(text.substr(close + 1)) >> stat.state >> stat.parent;
  return stat;
}

// Where cgroup v2 is mounted; empty if it is not.
std::string CgroupMount() {
  std::istringstream mounts(ReadFile("/proc/self/mounts"));
  for (std::string line; std::getline(mounts, line);) {
    std::string device, point, type;
    std::istringstream(line) >> device >> point >> type;
    if (type == "cgroup2") return point;
  }
  return "";
}

std::string CgroupOf(pid_t pid) {
  std::istringstream cgroups(ReadFile(absl::StrCat("/proc/", pid, "/cgroup")));
  for (std::string line; std::getline(cgroups, line);) {
    if (absl::StartsWith(line, "0::")) return line.substr(3);
  }
  return "";
}

std::size_t CountEntries(const std::string& directory) {
  std::size_t count = 0;
  std::error_code error;
  for (std::filesystem::directory_iterator i(directory, error), end; !error && i != end;
       i.increment(error)) {
    ++count;
  }
  return count;
}

}  // namespace

std::vector<pid_t> ChildrenOf(pid_t parent) {
  std::vector<pid_t> children;
  std::error_code error;
  for (std::filesystem::directory_iterator i("/proc", error), end; !error && i != end;
       i.increment(error)) {
    pid_t pid = 0;
    if (!absl::SimpleAtoi(i->path().filename().string(), &pid)) continue;
    const std::optional<Stat> stat = ReadStat(pid);
    if (stat && stat->parent == parent) children.push_back(pid);
  }
  return children;
}

std::string ProcessName(pid_t pid) {
  const std::optional<Stat> stat = ReadStat(pid);
  return stat ? stat->name : "";
}

char ProcessState(pid_t pid) {
  const std::optional<Stat> stat = ReadStat(pid);
  return stat ? stat->state : '\0';
}

bool IsStopped(pid_t pid) {
  if (ProcessState(pid) == 'T') return true;
  const std::string events = absl::StrCat(CgroupMount(), CgroupOf(pid), "/cgroup.events");
  return absl::StrContains(ReadFile(events), "frozen 1");
}

bool IsRunning(pid_t pid) {
  const char state = ProcessState(pid);
  return state != '\0' && state != 'Z' && state != 'X';
}

void SendSignal(pid_t pid, int number) {
  if (pid <= 0) {
    std::cerr << "a test wants to signal the process " << pid << "\n";
    std::abort();
  }
  kill(pid, number);
}

std::size_t OpenFileCount(pid_t pid) { return CountEntries(absl::StrCat("/proc/", pid, "/fd")); }

std::size_t ThreadCount(pid_t pid) { return CountEntries(absl::StrCat("/proc/", pid, "/task")); }

std::size_t ResidentBytes(pid_t pid) {
  std::istringstream lines(ReadFile(absl::StrCat("/proc/", pid, "/status")));
  for (std::string line; std::getline(lines, line);) {
    if (!absl::StartsWith(line, "VmRSS:")) continue;
    return std::strtoull(line.c_str() + 6, nullptr, 10) * 1024;
  }
  return 0;
}

}  // namespace rsca::support
