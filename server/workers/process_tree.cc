#include "server/workers/process_tree.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/unique_fd.h"

namespace rsca::workers {
namespace {

// Processes that fork while they are looked for are found the next time; who outruns so many times
// does it on purpose.
constexpr int kSweeps = 100;

// Whether it belongs to the session and is no zombie.
bool RunsInSession(int pid, int session) {
  std::ifstream file(absl::StrCat("/proc/", pid, "/stat"));
  std::string text;
  std::getline(file, text);
  const size_t name_end = text.rfind(')');  // the name may hold any character
  if (name_end == std::string::npos) return false;
  char state = 0;
  int parent = 0;
  int group = 0;
  int its_session = 0;
  std::istringstream(text.substr(name_end + 1)) >> state >> parent >> group >> its_session;
  return its_session == session && state != 'Z' && state != 'X';
}

// By pidfd, so that a number which has found another owner meanwhile does him no harm.
bool SignalIfInSession(int pid, int session, int signal) {
  if (!RunsInSession(pid, session)) return false;
  const UniqueFd pidfd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  if (!pidfd || !RunsInSession(pid, session)) return false;
  return syscall(SYS_pidfd_send_signal, pidfd.Get(), signal, nullptr, 0) == 0;
}

std::vector<int> AllProcesses() {
  std::vector<int> pids;
  std::error_code error;
  for (std::filesystem::directory_iterator entry("/proc", error), end; !error && entry != end;
       entry.increment(error)) {
    int pid = 0;
    if (absl::SimpleAtoi(entry->path().filename().string(), &pid)) pids.push_back(pid);
  }
  return pids;
}

bool SignalSession(int session, int signal) {
  bool found = false;
  for (const int pid : AllProcesses()) found = SignalIfInSession(pid, session, signal) || found;
  return found;
}

}  // namespace

ProcessTree::ProcessTree(int worker_pid, std::unique_ptr<Cgroup> cgroup)
    : worker_pid_(worker_pid), cgroup_(std::move(cgroup)) {}

void ProcessTree::Kill() {
  if (cgroup_ != nullptr) return cgroup_->Kill();
  for (int sweep = 0; sweep < kSweeps && SignalSession(worker_pid_, SIGKILL); ++sweep) {
  }
}

ProcessUsage ProcessTree::Usage() const {
  std::vector<int> pids;
  if (cgroup_ != nullptr) {
    pids = cgroup_->Processes();
  } else {
    for (const int pid : AllProcesses()) {
      if (RunsInSession(pid, worker_pid_)) pids.push_back(pid);
    }
  }
  ProcessUsage sum;
  for (const int pid : pids) {
    const absl::StatusOr<ProcessUsage> usage = ReadProcessUsage(pid);
    if (!usage.ok()) continue;  // it has just ended
    sum.cpu_time += usage->cpu_time;
    sum.memory_bytes += usage->memory_bytes;
  }
  return sum;
}

void ProcessTree::Freeze() {
  if (cgroup_ != nullptr) return cgroup_->Freeze(true);
  SignalSession(worker_pid_, SIGSTOP);
}

void ProcessTree::Thaw() {
  if (cgroup_ != nullptr) return cgroup_->Freeze(false);
  SignalSession(worker_pid_, SIGCONT);
}

}  // namespace rsca::workers
