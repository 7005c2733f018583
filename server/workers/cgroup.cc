#include "server/workers/cgroup.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "common/log.h"

namespace rsca::workers {
namespace {

constexpr char kHomePrefix[] = "rsca-workers-";
// Another server may take a home that is not locked yet for a stale one.
constexpr int kLockAttempts = 100;
constexpr std::array kControllers = {"cpu", "memory", "pids"};
// cpu.max counts in periods of so many microseconds.
constexpr uint64_t kCpuPeriod = 100'000;
// How long killed processes may take to be gone when the server ends.
constexpr absl::Duration kRemovalLimit = absl::Seconds(2);

std::string ReadAll(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// Cgroup files take one write, and its error is the answer.
absl::Status WriteTo(const std::string& path, absl::string_view text) {
  const UniqueFd file(open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file) return absl::ErrnoToStatus(errno, absl::StrCat("cannot open ", path));
  if (write(file.Get(), text.data(), text.size()) < 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot write `", text, "` to ", path));
  }
  return absl::OkStatus();
}

bool Exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

bool SaysDelegated(const std::string& directory) {
  for (const char* name : {"user.delegate", "trusted.delegate"}) {
    char value[8] = {};
    if (getxattr(directory.c_str(), name, value, sizeof(value) - 1) > 0 && value[0] == '1') {
      return true;
    }
  }
  return false;
}

// The root of the whole tree: it alone may hold processes and hand controllers on.
bool IsRoot(const std::string& directory) { return !Exists(directory + "/cgroup.type"); }

std::set<std::string> ProcessesIn(const std::string& directory) {
  return absl::StrSplit(ReadAll(directory + "/cgroup.procs"), '\n', absl::SkipEmpty());
}

bool HoldsOurselves(const std::string& directory) {
  return ProcessesIn(directory).count(absl::StrCat(getpid())) > 0;
}

bool HoldsOthers(const std::string& directory) {
  std::set<std::string> processes = ProcessesIn(directory);
  processes.erase(absl::StrCat(getpid()));
  return !processes.empty();
}

absl::Status MayDivide(const std::string& directory) {
  struct stat info;
  if (stat(directory.c_str(), &info) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot look at the cgroup ", directory));
  }
  if (access(directory.c_str(), W_OK) != 0) {
    return absl::PermissionDeniedError(
        absl::StrCat("the server may not write to its cgroup ", directory));
  }
  // systemd is the one that changes its cgroups, unless it says otherwise.
  if (Exists("/run/systemd/system") && !SaysDelegated(directory)) {
    return absl::FailedPreconditionError(
        absl::StrCat("systemd has not delegated the cgroup ", directory, " (Delegate=yes)"));
  }
  if (!IsRoot(directory) && HoldsOthers(directory)) {
    return absl::FailedPreconditionError(
        absl::StrCat("other processes share the server's cgroup ", directory));
  }
  return absl::OkStatus();
}

// With cgroups in it, too, which a plug-in of root's may have made. False while a process that was
// killed is not gone yet.
bool KillAndRemove(const std::string& directory) {
  static_cast<void>(WriteTo(directory + "/cgroup.kill", "1"));
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    if (entry.is_directory(error)) KillAndRemove(entry.path());
  }
  return rmdir(directory.c_str()) == 0 || errno == ENOENT;
}

// None if another server has it, or it is gone by now.
UniqueFd Lock(const std::string& directory) {
  UniqueFd lock(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  struct stat locked = {};
  struct stat there = {};
  if (!lock || flock(lock.Get(), LOCK_EX | LOCK_NB) != 0 || fstat(lock.Get(), &locked) != 0 ||
      stat(directory.c_str(), &there) != 0 || locked.st_ino != there.st_ino) {
    return UniqueFd();
  }
  return lock;
}

bool IsHome(absl::string_view name) {
  uint64_t pid = 0;
  return absl::ConsumePrefix(&name, kHomePrefix) && absl::SimpleAtoi(name, &pid);
}

// Those of servers that were killed: nobody holds their lock.
void RemoveStale(const std::string& directory) {
  std::error_code error;
  std::vector<std::string> homes;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    if (IsHome(entry.path().filename().string())) homes.push_back(entry.path());
  }
  for (const std::string& home : homes) {
    if (const UniqueFd lock = Lock(home)) KillAndRemove(home);
  }
}

absl::StatusOr<UniqueFd> MakeLocked(const std::string& path) {
  for (int attempt = 0; attempt < kLockAttempts; ++attempt) {
    if (mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) {
      return absl::ErrnoToStatus(errno, absl::StrCat("cannot make the cgroup ", path));
    }
    if (UniqueFd lock = Lock(path)) return lock;
    absl::SleepFor(absl::Milliseconds(1));
  }
  return absl::UnavailableError(absl::StrCat("cannot lock the cgroup ", path));
}

}  // namespace

absl::StatusOr<std::shared_ptr<CgroupHome>> CgroupHome::Open(const std::string& directory) {
  absl::Status may = MayDivide(directory);
  if (!may.ok()) return may;
  RemoveStale(directory);
  const std::string path = absl::StrCat(directory, "/", kHomePrefix, getpid());
  absl::StatusOr<UniqueFd> lock = MakeLocked(path);
  if (!lock.ok()) return lock.status();
  std::shared_ptr<CgroupHome> home(new CgroupHome(path, *std::move(lock)));
  home->HandOnControllers(directory);
  return home;
}

CgroupHome::CgroupHome(std::string path, UniqueFd lock)
    : path_(std::move(path)), lock_(std::move(lock)) {}

CgroupHome::~CgroupHome() {
  const absl::Time deadline = absl::Now() + kRemovalLimit;
  while (!RemoveEmptied() && absl::Now() < deadline) absl::SleepFor(absl::Milliseconds(5));
  if (rmdir(path_.c_str()) != 0) {
    LogWarning("cgroup not removed", {{"path", path_}, {"error", std::strerror(errno)}});
  }
}

void CgroupHome::HandOnControllers(const std::string& directory) {
  const std::string text = ReadAll(directory + "/cgroup.controllers");
  const std::set<absl::string_view> available =
      absl::StrSplit(text, absl::ByAnyChar(" \n"), absl::SkipEmpty());
  for (const std::string controller : kControllers) {
    const absl::Status handed_on =
        available.count(controller) > 0
            ? HandOn(directory, controller)
            : absl::NotFoundError(absl::StrCat(directory, " has no controller `", controller, "`"));
    why_not_[controller] = std::string(handed_on.message());
  }
}

absl::Status CgroupHome::HandOn(const std::string& directory, const std::string& controller) const {
  absl::Status status;
  if (!IsRoot(directory) && HoldsOurselves(directory)) {
    const std::string leaf = directory + "/server";
    mkdir(leaf.c_str(), 0755);
    status = WriteTo(leaf + "/cgroup.procs", "0");
  }
  for (const std::string& level : {directory, path_}) {
    if (status.ok()) status = WriteTo(level + "/cgroup.subtree_control", "+" + controller);
  }
  return status;
}

absl::StatusOr<std::unique_ptr<Cgroup>> CgroupHome::Make(const std::string& name,
                                                         const ResourceLimitOptions& limits) {
  RemoveEmptied();
  const std::string path = absl::StrCat(path_, "/", name);
  if (mkdir(path.c_str(), 0755) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot make the cgroup ", path));
  }
  auto cgroup = std::make_unique<Cgroup>(shared_from_this(), path, limits.memory_kib);
  absl::Status status = SetLimits(path, limits);
  if (!status.ok()) return status;
  return cgroup;
}

absl::Status CgroupHome::SetLimits(const std::string& path,
                                   const ResourceLimitOptions& limits) const {
  absl::Status status;
  if (limits.cpu_percent > 0 && Limits("cpu")) {
    status.Update(WriteTo(path + "/cpu.max",
                          absl::StrCat(kCpuPeriod * limits.cpu_percent / 100, " ", kCpuPeriod)));
  }
  if (limits.memory_kib > 0 && Limits("memory")) {
    status.Update(WriteTo(path + "/memory.max", absl::StrCat(limits.memory_kib * 1024)));
    // The limit is one of memory, wherever it lies; a kernel without swap accounting has no file.
    if (Exists(path + "/memory.swap.max")) {
      status.Update(WriteTo(path + "/memory.swap.max", "0"));
    }
    // All of the worker or nothing: half a worker would be of no use.
    status.Update(WriteTo(path + "/memory.oom.group", "1"));
  }
  if (limits.processes > 0 && Limits("pids")) {
    status.Update(WriteTo(path + "/pids.max", absl::StrCat(limits.processes)));
  }
  return status;
}

void CgroupHome::Remove(const std::string& path) {
  if (KillAndRemove(path)) return;
  MutexLock lock(&mutex_);
  to_remove_.insert(path);
}

bool CgroupHome::RemoveEmptied() {
  MutexLock lock(&mutex_);
  for (auto path = to_remove_.begin(); path != to_remove_.end();) {
    path = KillAndRemove(*path) ? to_remove_.erase(path) : std::next(path);
  }
  return to_remove_.empty();
}

Cgroup::Cgroup(std::shared_ptr<CgroupHome> home, std::string path, uint64_t memory_kib)
    : home_(std::move(home)), path_(std::move(path)), memory_kib_(memory_kib) {}

Cgroup::~Cgroup() { home_->Remove(path_); }

absl::StatusOr<UniqueFd> Cgroup::OpenProcesses() const {
  const std::string path = path_ + "/cgroup.procs";
  UniqueFd file(open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file) return absl::ErrnoToStatus(errno, absl::StrCat("cannot open ", path));
  return file;
}

std::vector<int> Cgroup::Processes() const {
  std::vector<int> pids;
  for (const absl::string_view line :
       absl::StrSplit(ReadAll(path_ + "/cgroup.procs"), '\n', absl::SkipEmpty())) {
    int pid = 0;
    if (absl::SimpleAtoi(line, &pid)) pids.push_back(pid);
  }
  return pids;
}

void Cgroup::Kill() {
  const absl::Status killed = WriteTo(path_ + "/cgroup.kill", "1");
  if (!killed.ok()) LogWarning("cgroup not killed", {{"error", killed.message()}});
}

void Cgroup::Freeze(bool frozen) {
  const absl::Status status = WriteTo(path_ + "/cgroup.freeze", frozen ? "1" : "0");
  if (!status.ok()) LogWarning("cgroup not frozen or thawed", {{"error", status.message()}});
}

std::string Cgroup::PassedLimit() const {
  const std::string events = ReadAll(path_ + "/memory.events");
  for (const absl::string_view line : absl::StrSplit(events, '\n')) {
    const std::pair<absl::string_view, absl::string_view> entry = absl::StrSplit(line, ' ');
    if (entry.first != "oom_kill" || entry.second == "0") continue;
    return absl::StrCat("memory of ", memory_kib_, " KiB");
  }
  return "";
}

}  // namespace rsca::workers
