#include "tests/soak/leftovers.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tests/soak/soak_pools.h"
#include "tests/support/eventually.h"
#include "tests/support/proc.h"

namespace rsca::soak {
namespace {

namespace fs = std::filesystem;

// Connections that gRPC has not closed yet, or has opened for itself.
constexpr std::size_t kFileSlack = 2;
// gRPC starts and ends threads of its own as it likes.
constexpr std::size_t kThreadSlack = 8;
// Pages that malloc keeps beyond what is in use: its heap grows with the highest load so far. Half
// an hour added 11 MiB to what the first round left, all of it in the first rounds. A leak of 1 KiB
// for each registration is more than 35 MiB within that time.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t kMemorySlack = 512 << 20;  // freed memory stays in quarantine
#else
constexpr std::size_t kMemorySlack = 24 << 20;
#endif

// The session of a process, as proc(5) has it; 0 if there is no such process, or it is a zombie.
pid_t SessionOf(pid_t pid) {
  std::ifstream file(absl::StrCat("/proc/", pid, "/stat"));
  std::string text;
  std::getline(file, text);
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return 0;
  char state = 0;
  pid_t parent = 0;
  pid_t group = 0;
  pid_t session = 0;
  std::istringstream(text.substr(name_end + 1)) >> state >> parent >> group >> session;
  return state == 'Z' || state == 'X' ? 0 : session;
}

std::vector<pid_t> AllProcesses() {
  std::vector<pid_t> pids;
  std::error_code error;
  for (fs::directory_iterator i("/proc", error), end; !error && i != end; i.increment(error)) {
    pid_t pid = 0;
    if (absl::SimpleAtoi(i->path().filename().string(), &pid)) pids.push_back(pid);
  }
  return pids;
}

std::set<std::string> NamesIn(const fs::path& directory) {
  std::set<std::string> names;
  std::error_code error;
  for (fs::directory_iterator i(directory, error), end; !error && i != end; i.increment(error)) {
    names.insert(i->path().filename());
  }
  return names;
}

// Where the server keeps its workers' cgroups; see server/workers/cgroup.h.
std::optional<fs::path> FindCgroupHome(pid_t server) {
  std::ifstream mounts("/proc/self/mounts");
  for (std::string line; std::getline(mounts, line);) {
    std::string device, point, type;
    std::istringstream(line) >> device >> point >> type;
    if (type != "cgroup2") continue;
    std::error_code error;
    for (fs::recursive_directory_iterator i(point, error), end; !error && i != end;
         i.increment(error)) {
      if (i->path().filename() == absl::StrCat("rsca-workers-", server)) return i->path();
    }
  }
  return std::nullopt;
}

}  // namespace

Leftovers::Leftovers(Tally* tally, const History* history, support::RscadProcess* server,
                     client::Client client)
    : tally_(tally),
      history_(history),
      server_(server),
      client_(std::move(client)),
      server_pid_(server->pid()) {}

void Leftovers::Await(const std::string& what, const Problem& problem) {
  std::string last;
  const bool well =
      support::Eventually([&] { return (last = problem()).empty(); }, std::chrono::seconds(90));
  if (!well) tally_->Broken("when all was quiet", what, last);
}

void Leftovers::AwaitQuiet() {
  Await("no registration", [this] { return LivingRegistrations(); });
  Await("all pools with their workers", [this] { return UnwellPools(); });
  Await("no process but the server and its workers", [this] { return StrangeProcesses(true); });
  Await("no file but the server's own", [this] { return StrangeFiles(true); });
  Await("a cgroup for each worker", [this] { return StrangeCgroups(true); });
}

std::string Leftovers::LivingRegistrations() {
  const auto registrations = client_.ListRegistrations();
  if (!registrations.ok()) return registrations.status().ToString();
  for (const v1::Registration& registration : *registrations) {
    if (registration.state() != v1::Registration::STATE_ENDED) {
      return registration.ShortDebugString();
    }
  }
  // Those that ended are forgotten soon.
  return registrations->empty() ? "" : absl::StrCat(registrations->size(), " that have ended");
}

std::string Leftovers::UnwellPools() {
  const auto pools = client_.ListWorkerPools();
  if (!pools.ok()) return pools.status().ToString();
  for (const v1::WorkerPool& pool : *pools) {
    const bool whole = pool.state() == v1::WorkerPool::STATE_RUNNING &&
                       pool.workers_size() == WorkersOf(pool.pool());
    const bool quiet =
        std::all_of(pool.workers().begin(), pool.workers().end(), [](const v1::Worker& worker) {
          const bool suspended = worker.state() == v1::Worker::STATE_SUSPENDED;
          return worker.conversation_count() == 0 &&
                 (suspended ||
                  (worker.state() == v1::Worker::STATE_READY && !support::IsStopped(worker.pid())));
        });
    if (!whole || !quiet) return pool.ShortDebugString();
  }
  return "";
}

// By parents, and by sessions: each worker has one of its own, which its children inherit.
std::string Leftovers::StrangeProcesses(bool server_lives) {
  std::set<pid_t> workers;
  if (server_lives) {
    for (const pid_t pid : server_->WorkerPids()) workers.insert(pid);
    for (const pid_t pid : support::ChildrenOf(server_pid_)) {
      if (workers.count(pid) == 0) return absl::StrCat("a child of the server: ", pid);
    }
  }
  // Orphans become ours, see RscadProcess; those that have been killed are zombies until then.
  for (const pid_t pid : support::ChildrenOf(getpid())) {
    if (pid != server_pid_ && waitpid(pid, nullptr, WNOHANG) != pid) {
      return absl::StrCat("an orphan: ", pid, " (", support::ProcessName(pid), ")");
    }
  }
  const std::set<pid_t> ended = history_->EndedPids();
  for (const pid_t pid : AllProcesses()) {
    const pid_t session = SessionOf(pid);
    if (session == 0 || workers.count(session) > 0 || ended.count(session) == 0) continue;
    return absl::StrCat("of the session of worker ", session, ", which has ended: ", pid, " (",
                        support::ProcessName(pid), ")");
  }
  return "";
}

std::string Leftovers::StrangeFiles(bool server_lives) const {
  std::set<std::string> expected = {"journal", "rscad.log", "rscad.yaml"};
  if (server_lives) expected.insert("rscad.sock");
  const std::set<std::string> names = NamesIn(server_->dir().path());
  return names == expected ? "" : absl::StrJoin(names, ", ");
}

std::string Leftovers::StrangeCgroups(bool server_lives) {
  const std::optional<fs::path> home = FindCgroupHome(server_pid_);
  if (!home) return "";  // a host without cgroup v2, or one where the server may not divide its own
  if (!server_lives) return home->string();
  const auto workers = client_.ListWorkers("");
  if (!workers.ok()) return workers.status().ToString();
  std::set<std::string> expected;
  for (const v1::Worker& worker : *workers) expected.insert(worker.worker());
  std::set<std::string> found;
  for (const std::string& name : NamesIn(*home)) {
    if (fs::is_directory(*home / name)) found.insert(name);
  }
  return found == expected ? "" : absl::StrJoin(found, ", ");
}

Holdings Leftovers::Measure() const {
  return {support::OpenFileCount(server_pid_), support::ThreadCount(server_pid_),
          support::ResidentBytes(server_pid_)};
}

void Leftovers::Compare(const Holdings& before) {
  const auto compare = [this](const char* what, std::size_t allowed, std::size_t Holdings::*part) {
    Await(absl::StrCat(what, " of the server to be ", allowed, " at most"), [=, this] {
      const std::size_t now = Measure().*part;
      return now <= allowed ? "" : absl::StrCat(now);
    });
  };
  compare("descriptors", before.files + kFileSlack, &Holdings::files);
  compare("threads", before.threads + kThreadSlack, &Holdings::threads);
  compare("resident bytes", before.resident_bytes + kMemorySlack, &Holdings::resident_bytes);
}

void Leftovers::EndServer() {
  server_->Terminate();
  const std::optional<support::ExitStatus> exit = server_->Wait();
  std::ostringstream seen;
  if (exit) seen << *exit;
  if (exit != support::ExitStatus{}) {
    tally_->Broken("after SIGTERM", "the server to exit with status 0",
                   exit ? seen.str() : "no end");
  }
  Await("no process after the server", [this] { return StrangeProcesses(false); });
  Await("no file but configuration, log and journal after the server",
        [this] { return StrangeFiles(false); });
  Await("no cgroup after the server", [this] { return StrangeCgroups(false); });
}

}  // namespace rsca::soak
