#include "tests/soak/history.h"

#include <signal.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/soak/soak_pools.h"

namespace rsca::soak {
namespace {

using v1::WorkerExit;
using Event = v1::WorkerProcessEvent;

constexpr absl::Duration kEventBound = absl::Seconds(20);
// A call may have been refused by a starved worker so long before its client says so.
constexpr absl::Duration kStarvedFor = absl::Seconds(20);

client::PoolEventStream WatchAll(client::Client client) {
  client::WatchOptions options;
  options.after_sequence = 0;
  return *client.WatchPools(options);
}

bool SameExit(const WorkerExit& a, const WorkerExit& b) {
  return a.reason() == b.reason() && a.signal() == b.signal() &&
         a.exit_status() == b.exit_status() && a.detail() == b.detail();
}

bool WasAsked(const WorkerExit& exit) {
  return exit.reason() == WorkerExit::REASON_STOPPED ||
         exit.reason() == WorkerExit::REASON_RECYCLED ||
         exit.reason() == WorkerExit::REASON_SHUTDOWN_TIME_LIMIT;
}

}  // namespace

History::History(Tally* tally, client::Client client)
    : tally_(tally), events_(WatchAll(std::move(client))), thread_([this] { Follow(); }) {}

History::~History() { Stop(); }

void History::Stop() {
  events_.Cancel();
  if (thread_.joinable()) thread_.join();
}

void History::Note(const std::string& pool, const std::string& worker, Deed deed) {
  MutexLock lock(&mutex_);
  if (deed == Deed::kStarved) last_starvations_[pool] = absl::Now();
  lives_[worker].deeds.insert(deed);
}

void History::NoteOfPool(const std::string& pool, Deed deed) {
  MutexLock lock(&mutex_);
  deeds_of_pools_[pool].insert(deed);
}

bool History::HasEnded(const WorkerExit& exit, bool asked) {
  const absl::Time deadline = absl::Now() + kEventBound;
  MutexLock lock(&mutex_);
  while (true) {
    const std::vector<WorkerExit>& exits = exits_[exit.pid()];
    if (std::any_of(exits.begin(), exits.end(), [&](const WorkerExit& known) {
          return asked ? WasAsked(known) && WasAsked(exit) : SameExit(known, exit);
        })) {
      return true;
    }
    if (absl::Now() >= deadline) return false;
    changed_.WaitFor(&mutex_, deadline - absl::Now());
  }
}

std::string History::Describe(pid_t pid) const {
  MutexLock lock(&mutex_);
  std::string text;
  const auto found = exits_.find(pid);
  if (found == exits_.end()) return "none";
  for (const WorkerExit& exit : found->second)
    absl::StrAppend(&text, exit.ShortDebugString(), "; ");
  return text;
}

bool History::StarvedLately(const std::string& pool) const {
  MutexLock lock(&mutex_);
  const auto found = last_starvations_.find(pool);
  return found != last_starvations_.end() && absl::Now() - found->second < kStarvedFor;
}

std::set<pid_t> History::EndedPids() const {
  MutexLock lock(&mutex_);
  std::set<pid_t> pids;
  for (const auto& [pid, exits] : exits_) {
    if (!exits.empty()) pids.insert(pid);
  }
  return pids;
}

void History::Follow() {
  std::uint64_t last = 0;
  while (true) {
    const absl::StatusOr<Event> event = events_.Next();
    if (absl::IsCancelled(event.status())) return;
    if (!event.ok()) {
      tally_->Broken("the watch of the pools", "to go on", event.status().ToString());
      return;
    }
    if (event->sequence() != ++last) {
      tally_->Broken("the watch of the pools", absl::StrCat("sequence ", last),
                     absl::StrCat("sequence ", event->sequence()));
      last = event->sequence();
    }
    OnEvent(*event);
  }
}

void History::OnEvent(const Event& event) {
  if (event.kind() == Event::KIND_POOL_STOPPED &&
      event.detail().find("rapid-fail") != std::string::npos) {
    tally_->Count("rapid-fail stops");
  }
  if (event.kind() == Event::KIND_FUNCTION_QUARANTINED) tally_->Count("quarantines");
  if (event.kind() == Event::KIND_WORKER_SUSPENDED) tally_->Count("suspensions");
  MutexLock lock(&mutex_);
  if (event.worker().empty()) return;
  Life& life = lives_[event.worker()];
  if (event.kind() == Event::KIND_WORKER_STARTED && std::exchange(life.started, true)) {
    tally_->Broken(event.worker(), "one start", "two");
  }
  if (event.kind() != Event::KIND_WORKER_ENDED) return;
  if (std::exchange(life.ended, true)) tally_->Broken(event.worker(), "one end", "two");
  exits_[event.exit().pid()].push_back(event.exit());
  changed_.NotifyAll();
  tally_->Count(absl::StrCat("exit ", WorkerExit::Reason_Name(event.exit().reason()).substr(7)));
  OnEnded(event, life);
}

bool History::Did(const Event& event, const Life& life, Deed deed) const {
  const auto of_pool = deeds_of_pools_.find(event.pool());
  return life.deeds.count(deed) > 0 ||
         (of_pool != deeds_of_pools_.end() && of_pool->second.count(deed) > 0);
}

// A worker that ends of what nobody has done to it has crashed by itself.
void History::OnEnded(const Event& event, const Life& life) {
  const WorkerExit& exit = event.exit();
  const bool starved = Did(event, life, Deed::kStarved);
  const bool stopped = Did(event, life, Deed::kStopped);
  bool explained = false;
  switch (exit.reason()) {
    case WorkerExit::REASON_STOPPED:
    case WorkerExit::REASON_RECYCLED:
      explained = true;
      break;
    case WorkerExit::REASON_SIGNALLED:
      explained = starved || (exit.signal() == SIGKILL && Did(event, life, Deed::kKilled)) ||
                  (exit.signal() == SIGABRT && Did(event, life, Deed::kAborted));
      break;
    case WorkerExit::REASON_LIMIT_PASSED:
      explained = event.pool() == kPair;
      break;
    case WorkerExit::REASON_STARTUP_TIME_LIMIT:
    case WorkerExit::REASON_EXITED:
    case WorkerExit::REASON_LINK_LOST:
      explained = starved || stopped;
      break;
    case WorkerExit::REASON_PING_MISSED:
    case WorkerExit::REASON_SHUTDOWN_TIME_LIMIT:
      // A busy machine can be reason enough; how often is told.
      explained = true;
      if (!starved && !stopped) {
        tally_->Count(absl::StrCat("late by themselves: ", event.detail()));
      }
      break;
    default:
      break;
  }
  if (!explained) {
    tally_->Broken(event.worker(), "no end but by what was done to it", event.detail());
  }
}

}  // namespace rsca::soak
