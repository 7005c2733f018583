#include "tests/soak/chaos.h"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/unique_fd.h"
#include "tests/soak/soak_pools.h"
#include "tests/support/proc.h"

namespace rsca::soak {
namespace {

constexpr absl::Duration kStep = absl::Milliseconds(20);
constexpr absl::Duration kMendEvery = absl::Seconds(1);

std::size_t VirtualBytes(pid_t pid) {
  std::size_t pages = 0;
  std::ifstream(absl::StrCat("/proc/", pid, "/statm")) >> pages;
  return pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

bool IsChildOf(pid_t pid, pid_t parent) {
  const std::vector<pid_t> children = support::ChildrenOf(parent);
  return std::find(children.begin(), children.end(), pid) != children.end();
}

}  // namespace

Chaos::Chaos(World* world, client::Client client, pid_t server, std::uint64_t seed)
    : world_(world), client_(std::move(client)), server_(server), random_(seed), thread_([this] {
        Run();
      }) {}

Chaos::~Chaos() {
  ending_ = true;
  thread_.join();
  for (std::thread& run : runs_) run.join();
}

void Chaos::Run() {
  absl::Time next = absl::Now();
  absl::Time mend = next;
  while (!ending_) {
    const absl::Time now = absl::Now();
    DoDue(now);
    if (now >= mend) {
      StartStoppedPools();
      mend = now + kMendEvery;
    }
    if (now >= next) {
      (this->*Choose())();
      next = absl::Now() + absl::Milliseconds(Pick(&random_, 100, 500));
    }
    absl::SleepFor(kStep);
  }
  DoDue(absl::InfiniteFuture());
  StartStoppedPools();
}

Chaos::Action Chaos::Choose() {
  static constexpr std::array<std::pair<int, Action>, 13> kActions = {{
      {20, &Chaos::Kill},
      {4, &Chaos::Abort},
      {2, &Chaos::KillFast},
      {6, &Chaos::Stop},
      {10, &Chaos::StopShortly},
      {5, &Chaos::Stutter},
      {8, &Chaos::RecyclePool},
      {8, &Chaos::RecycleWorker},
      {4, &Chaos::StopPool},
      {6, &Chaos::StarveOfFiles},
      {6, &Chaos::StarveOfMemory},
      {4, &Chaos::HogMemory},
      {4, &Chaos::AbortInPlugin},
  }};
  int sum = 0;
  for (const auto& [weight, action] : kActions) sum += weight;
  int picked = Pick(&random_, 1, sum);
  for (const auto& [weight, action] : kActions) {
    picked -= weight;
    if (picked <= 0) return action;
  }
  return &Chaos::Kill;
}

void Chaos::Kill() { KillOne(PickPool(), SIGKILL, Deed::kKilled); }

void Chaos::Abort() { KillOne(PickPool(), SIGABRT, Deed::kAborted); }

void Chaos::KillFast() {
  for (int i = 0; i < 12; ++i) {
    Later(i * absl::Milliseconds(300), [this] { KillOne(kPlain, SIGKILL, Deed::kKilled); });
  }
}

void Chaos::KillOne(const std::string& pool, int number, Deed deed) {
  const std::optional<v1::Worker> worker = PickWorker(pool);
  if (!worker) return;
  world_->history->Note(pool, worker->worker(), deed);
  if (Signal(*worker, number)) world_->tally->Count("chaos kills");
}

void Chaos::Stop() {
  const std::string pool = PickPool();
  const std::optional<v1::Worker> worker = PickWorker(pool);
  if (!worker) return;
  world_->history->Note(pool, worker->worker(), Deed::kStopped);
  if (Signal(*worker, SIGSTOP)) world_->tally->Count("chaos stops");
}

void Chaos::StopShortly() {
  const std::string pool = PickPool();
  const std::optional<v1::Worker> worker = PickWorker(pool);
  if (!worker) return;
  world_->history->Note(pool, worker->worker(), Deed::kStopped);
  if (!Signal(*worker, SIGSTOP)) return;
  world_->tally->Count("chaos stops");
  Later(absl::Milliseconds(Pick(&random_, 20, 600)), [this, worker] { Signal(*worker, SIGCONT); });
}

void Chaos::Stutter() {
  const std::string pool = PickPool();
  const std::optional<v1::Worker> worker = PickWorker(pool);
  if (!worker) return;
  world_->history->Note(pool, worker->worker(), Deed::kStopped);
  world_->tally->Count("chaos starvations");
  for (int i = 0; i < 40; ++i) {
    Later(i * absl::Milliseconds(40), [this, worker] { Signal(*worker, SIGSTOP); });
    Later(i * absl::Milliseconds(40) + absl::Milliseconds(25),
          [this, worker] { Signal(*worker, SIGCONT); });
  }
}

void Chaos::RecyclePool() {
  const auto pool = client_.RecyclePool(PickPool(), "soak");
  Expect(pool.status(), "RecycleWorkerPool", {"POOL_STOPPED"});
  world_->tally->Count("chaos recycles");
}

void Chaos::RecycleWorker() {
  const std::optional<v1::Worker> worker = PickWorker(PickPool());
  if (!worker) return;
  const auto recycled = client_.RecycleWorker(worker->worker(), "soak");
  Expect(recycled.status(), "RecycleWorker", {"POOL_STOPPED", "WORKER_NOT_FOUND"});
  world_->tally->Count("chaos recycles");
}

void Chaos::StopPool() {
  const std::string pool = PickPool();
  Expect(client_.StopPool(pool, "soak").status(), "StopWorkerPool", {});
  world_->tally->Count("chaos pool stops");
  Later(absl::Milliseconds(Pick(&random_, 0, 900)),
        [this, pool] { Expect(client_.StartPool(pool).status(), "StartWorkerPool", {}); });
}

void Chaos::StarveOfFiles() {
  const std::string pool = PickPool();
  const std::optional<v1::Worker> worker = PickReadyWorker(pool);
  if (!worker) return;
  world_->history->Note(pool, worker->worker(), Deed::kStarved);
  const std::size_t open = support::OpenFileCount(worker->pid());
  Starve(RLIMIT_NOFILE, open + static_cast<rlim_t>(Pick(&random_, 0, 2)), *worker,
         absl::Milliseconds(Pick(&random_, 200, 1500)));
}

void Chaos::StarveOfMemory() {
  const std::string pool = PickPool();
  const std::optional<v1::Worker> worker = PickReadyWorker(pool);
  if (!worker) return;
  world_->history->Note(pool, worker->worker(), Deed::kStarved);
  const std::size_t mapped = VirtualBytes(worker->pid());
  Starve(RLIMIT_AS, mapped + (static_cast<rlim_t>(Pick(&random_, 0, 64)) << 20), *worker,
         absl::Milliseconds(Pick(&random_, 200, 1500)));
}

// Soft limits, so that they can be raised again.
void Chaos::Starve(int resource, rlim_t limit, const v1::Worker& worker, absl::Duration time) {
  const pid_t pid = worker.pid();
  rlimit before = {};
  const auto which = static_cast<__rlimit_resource>(resource);
  if (!IsChildOf(pid, server_) || prlimit(pid, which, nullptr, &before) != 0) return;
  const rlimit starved = {std::min(limit, before.rlim_max), before.rlim_max};
  if (prlimit(pid, which, &starved, nullptr) != 0) return;
  world_->tally->Count("chaos starvations");
  Later(time, [this, pid, which, before] {
    if (IsChildOf(pid, server_)) prlimit(pid, which, &before, nullptr);
  });
}

// More than the pool allows, or only more than makes it recycle.
void Chaos::HogMemory() {
  world_->tally->Count("chaos starvations");
  RunPlugin("hogs_memory", Chance(&random_, 70) ? "320" : "176");
}

void Chaos::AbortInPlugin() {
  world_->history->NoteOfPool(kTurns, Deed::kAborted);
  world_->tally->Count("chaos kills");
  RunPlugin("aborts_later.now", "");
}

void Chaos::RunPlugin(const std::string& function, const std::string& arguments) {
  runs_.emplace_back([this, function, arguments] {
    std::vector<std::string> allowed = {"WORKER_CRASHED", "WORKER_UNAVAILABLE", "POOL_STOPPED",
                                        "ACTION_QUARANTINED"};
    const absl::Status status = client_.Run(function, arguments).status();
    if (world_->history->StarvedLately(kPair)) allowed.emplace_back("PLUGIN_REFUSED");
    Expect(status, function.c_str(), allowed);
  });
}

void Chaos::StartStoppedPools() {
  const auto pools = client_.ListWorkerPools();
  Expect(pools.status(), "ListWorkerPools", {});
  if (!pools.ok()) return;
  for (const v1::WorkerPool& pool : *pools) {
    if (pool.state() != v1::WorkerPool::STATE_STOPPED &&
        pool.state() != v1::WorkerPool::STATE_STOPPING) {
      continue;
    }
    Expect(client_.StartPool(pool.pool()).status(), "StartWorkerPool", {});
  }
}

std::string Chaos::PickPool() {
  return kPools[static_cast<std::size_t>(Pick(&random_, 0, static_cast<int>(kPools.size()) - 1))];
}

// One that has loaded its protocol managers: who cannot even open them offers nothing.
std::optional<v1::Worker> Chaos::PickReadyWorker(const std::string& pool) {
  std::optional<v1::Worker> worker = PickWorker(pool);
  if (!worker || worker->state() == v1::Worker::STATE_STARTING) return std::nullopt;
  return worker;
}

std::optional<v1::Worker> Chaos::PickWorker(const std::string& pool) {
  const auto workers = client_.ListWorkers(pool);
  Expect(workers.status(), "ListWorkers", {});
  if (!workers.ok() || workers->empty()) return std::nullopt;
  const int last = static_cast<int>(workers->size()) - 1;
  const v1::Worker& worker = (*workers)[static_cast<std::size_t>(Pick(&random_, 0, last))];
  if (worker.pid() <= 0) return std::nullopt;
  return worker;
}

// By pidfd, and only while it is the server's: numbers find other owners.
bool Chaos::Signal(const v1::Worker& worker, int number) {
  const UniqueFd pidfd(static_cast<int>(syscall(SYS_pidfd_open, worker.pid(), 0)));
  if (!pidfd || !IsChildOf(worker.pid(), server_)) return false;
  return syscall(SYS_pidfd_send_signal, pidfd.Get(), number, nullptr, 0) == 0;
}

void Chaos::Expect(const absl::Status& status, const char* what,
                   const std::vector<std::string>& allowed) {
  const std::string reason = client::ErrorReason(status);
  if (status.ok() || std::find(allowed.begin(), allowed.end(), reason) != allowed.end()) return;
  world_->tally->Broken(what, "to be done", status.ToString());
}

void Chaos::Later(absl::Duration delay, std::function<void()> action) {
  later_.emplace(absl::Now() + delay, std::move(action));
}

void Chaos::DoDue(absl::Time now) {
  while (!later_.empty() && later_.begin()->first <= now) {
    const std::function<void()> action = std::move(later_.begin()->second);
    later_.erase(later_.begin());
    action();
  }
}

}  // namespace rsca::soak
