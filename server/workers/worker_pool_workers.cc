// The part of WorkerPool that starts, replaces and ends workers.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/log.h"
#include "server/workers/pool_errors.h"
#include "server/workers/worker_pool.h"

namespace rsca::workers {
namespace {

// Doubling stops being interesting long before the shift overflows.
constexpr int kMaxDoublings = 20;
// Of `shutdown_time_limit`: what a replaced worker may spend on its conversations. The rest is for
// its protocol managers to shut down.
constexpr double kConversationsShare = 0.8;

}  // namespace

void WorkerPool::Launch(const std::string& replaces, const std::string& why) {
  auto member = std::make_unique<Member>();
  member->worker = std::make_shared<Worker>(absl::StrCat(options_->name, "-", ++launches_),
                                            weak_from_this(), /*recycled=*/!why.empty());
  member->watch =
      std::make_shared<WorkerWatch>(options_, member->worker, timers_, weak_from_this());
  member->start_time = absl::Now();
  member->replaces = replaces;
  member->replace_why = why;
  ArmForMember(&member->startup_timer, options_->startup_time_limit, *member,
               &WorkerPool::OnStartupTimeLimit);
  record_.CountStart();
  effects_.Add([this, worker = member->worker, why] {
    absl::StatusOr<std::unique_ptr<ProcessHandle>> process =
        context_.starter->Start(*options_, worker);
    if (process.ok()) {
      const int pid = (*process)->pid();
      worker->SetProcess(*std::move(process));
      LogInfo("worker started", {{"worker", worker->name()}, {"pid", pid}});
      PoolEvent event;
      event.kind = PoolEvent::Kind::kWorkerStarted;
      event.pool = options_->name;
      event.worker = worker->name();
      event.detail = why.empty() ? "" : absl::StrCat("in place of a recycled one: ", why);
      context_.events->Add(event);
      return;
    }
    WorkerExit exit;
    exit.reason = ExitReason::kNotStarted;
    exit.detail = std::string(process.status().message());
    MutexLock lock(&mutex_);
    EndMember(worker.get(), exit, {});
  });
  members_.push_back(std::move(member));
}

// Those that stop or are replaced count no more.
void WorkerPool::LaunchMissing() {
  if (stopped_ || closed_) return;
  auto missing = static_cast<int>(options_->max_processes) - held_back_;
  for (const auto& member : members_) {
    if (member->replace_at_end || member->state == WorkerState::kStarting ||
        member->state == WorkerState::kReady || member->state == WorkerState::kSuspended) {
      --missing;
    }
  }
  for (; missing > 0; --missing) Launch("", "");
}

void WorkerPool::LaunchLater(absl::Duration worked) {
  // One that worked for longer than the longest wait did not die of what killed those before it.
  if (worked > options_->restart_backoff_max) deaths_in_row_ = 0;
  const absl::Duration backoff =
      std::min(options_->restart_backoff_min * (1 << std::min(deaths_in_row_, kMaxDoublings)),
               options_->restart_backoff_max);
  ++deaths_in_row_;
  ++held_back_;
  timers_->Cancel(backoff_timer_);
  held_until_ = timers_->Now() + backoff;
  backoff_timer_ = ArmForPool(backoff, &WorkerPool::OnBackoffOver);
}

void WorkerPool::OnBackoffOver() {
  if (held_back_ == 0) return;
  held_back_ = 0;
  LaunchMissing();
  Announce();
}

void WorkerPool::OnStartupTimeLimit(Member* member) {
  if (member->state != WorkerState::kStarting) return;
  const std::string limit =
      absl::StrCat("limit ", absl::FormatDuration(options_->startup_time_limit));
  LogError("worker was not ready in time and is killed",
           {{"worker", member->worker->name()}, {"detail", limit}});
  member->worker->Decide(ExitReason::kStartupTimeLimit, limit);
  member->worker->Kill();
}

void WorkerPool::RecycleMember(Member* member, const std::string& why) {
  if (stopped_ || closed_ || member->lost || member->replacement_starts) return;
  switch (member->state) {
    case WorkerState::kReplacing:
    case WorkerState::kStopping:
      return;
    case WorkerState::kStarting:
      member->leave_why = why;  // once it is ready
      return;
    case WorkerState::kReady:
    case WorkerState::kSuspended:
      break;
  }
  LogInfo("worker is recycled", {{"worker", member->worker->name()}, {"why", why}});
  if (options_->disallow_overlapping_rotation) {
    member->replace_at_end = true;
    return BeginReplacing(member, why);
  }
  member->replacement_starts = true;
  Launch(member->worker->name(), why);
}

// From here on it gets no calls.
void WorkerPool::BeginReplacing(Member* member, const std::string& why) {
  const bool awake = member->state == WorkerState::kReady;
  if (!awake && member->state != WorkerState::kSuspended) return;
  if (!awake) Wake(member);
  member->replacement_starts = false;
  member->leave_why = why;
  member->state = WorkerState::kReplacing;
  listeners_.OnWorkerLeaving(member->worker.get());
  record_.CountRecycle();
  record_.Add(PoolEvent::Kind::kWorkerReplacing, member->worker->name(), why);
  if (!member->worker->counts().busy()) return Leave(member, ExitReason::kRecycled, why);
  effects_.Add([worker = member->worker, why] { worker->TellReplaced(why); });
  ArmForMember(&member->ask_timer, options_->shutdown_time_limit * kConversationsShare, *member,
               &WorkerPool::OnAskTime);
  ArmForMember(&member->limit_timer, options_->shutdown_time_limit, *member,
               &WorkerPool::OnShutdownTimeLimit);
}

void WorkerPool::OnAskTime(Member* member) {
  if (member->state == WorkerState::kReplacing) {
    Leave(member, ExitReason::kRecycled, member->leave_why);
  }
}

void WorkerPool::Leave(Member* member, ExitReason reason, const std::string& detail) {
  if (member->state == WorkerState::kStopping) return;
  if (member->state == WorkerState::kSuspended) Wake(member);
  const bool limited = member->state == WorkerState::kReplacing && member->limit_timer != 0;
  member->state = WorkerState::kStopping;
  member->leave_why = detail;
  timers_->Cancel(member->startup_timer);
  timers_->Cancel(member->ask_timer);
  member->watch->End();
  listeners_.OnWorkerLeaving(member->worker.get());
  member->worker->Decide(reason, detail);
  member->worker->Shutdown(false);
  if (!limited) {
    ArmForMember(&member->limit_timer, options_->shutdown_time_limit, *member,
                 &WorkerPool::OnShutdownTimeLimit);
  }
}

void WorkerPool::OnShutdownTimeLimit(Member* member) {
  const std::string limit = absl::StrCat(
      "limit ", absl::FormatDuration(options_->shutdown_time_limit), "; ", member->leave_why);
  LogError("worker did not shut down in time and is killed",
           {{"worker", member->worker->name()}, {"detail", limit}});
  member->worker->Decide(ExitReason::kShutdownTimeLimit, limit);
  member->worker->Kill();
}

void WorkerPool::OnWorkerIdle(Worker* worker) {
  Do(worker, [this](Member* member) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (member->state != WorkerState::kReady || member->lost || member->replacement_starts ||
        member->worker->counts().busy()) {
      return;
    }
    if (!options_->suspend_when_idle) {
      Leave(member, ExitReason::kIdle,
            absl::StrCat("for ", absl::FormatDuration(options_->idle_timeout)));
      Announce();
    } else if (!member->suspending) {
      member->suspending = true;
      worker::v1::ControlResponse message;
      message.mutable_suspend();
      member->worker->Send(std::move(message));
    }
  });
}

void WorkerPool::OnSuspended(Member* member, const worker::v1::Suspended& answer) {
  member->suspending = false;
  // A call that has come meanwhile is what it would have been woken for.
  if (member->state != WorkerState::kReady || member->lost || member->replacement_starts ||
      member->worker->counts().busy()) {
    return;
  }
  if (!answer.failures().empty()) {
    Leave(member, ExitReason::kIdle,
          absl::StrCat("for ", absl::FormatDuration(options_->idle_timeout),
                       ", and could not be suspended: ", answer.failures(0).reason()));
    return Announce();
  }
  member->watch->Pause();
  member->state = WorkerState::kSuspended;
  member->worker->process()->Freeze();
  LogInfo("worker is suspended", {{"worker", member->worker->name()}});
  record_.Add(PoolEvent::Kind::kWorkerSuspended, member->worker->name());
}

void WorkerPool::Wake(Member* member) {
  member->worker->process()->Thaw();
  member->state = WorkerState::kReady;
  member->watch->Resume();
  LogInfo("worker is resumed", {{"worker", member->worker->name()}});
  record_.Add(PoolEvent::Kind::kWorkerResumed, member->worker->name());
}

void WorkerPool::EndMember(const Worker* worker, const WorkerExit& exit,
                           const std::vector<std::string>& suspects) {
  const auto found = std::find_if(members_.begin(), members_.end(), [worker](const auto& member) {
    return member->worker.get() == worker;
  });
  if (found == members_.end()) return;
  const std::unique_ptr<Member> member = std::move(*found);
  members_.erase(found);
  for (const Timers::Id timer : {member->startup_timer, member->ask_timer, member->limit_timer}) {
    timers_->Cancel(timer);
  }
  member->watch->End();
  effects_.Add([this, ended = member->worker] {
    listeners_.OnWorkerGone(ended.get());
    preloads_.OnWorkerGone(ended.get());
  });
  tried_ = true;
  changed_.NotifyAll();
  record_.AddEnd(worker->name(), exit);
  const bool failed = IsFailure(exit.reason);
  if (failed) OnFailure(*member, exit, suspects);
  if (!stopped_ && !closed_) ReplaceEnded(*member, failed);
  Announce();
}

void WorkerPool::OnFailure(const Member& member, const WorkerExit& exit,
                           const std::vector<std::string>& suspects) {
  const absl::Duration now = timers_->Now();
  if (!Has(WorkerState::kReady) && !Has(WorkerState::kSuspended)) failing_ = true;
  for (const QuarantinedFunction& function : quarantine_.OnDeath(suspects, now)) {
    const std::string detail = absl::StrCat(
        "until ", absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", function.until, absl::UTCTimeZone()),
        ", after ", function.deaths, " deaths");
    LogError("action is in quarantine",
             {{"pool", options_->name}, {"function", function.function}, {"detail", detail}});
    record_.AddOfFunction(PoolEvent::Kind::kFunctionQuarantined, function.function, detail);
    ArmForPool(options_->quarantine_duration, &WorkerPool::ReleaseQuarantined);
  }
  const FailureCount& limits = options_->rapid_fail_protection;
  if (!failures_.Add(limits, now) || stopped_ || closed_) return;
  StopAll(absl::StrCat("rapid-fail protection: ", limits.max_failures, " failures within ",
                       absl::FormatDuration(limits.interval), "; the last: worker ",
                       member.worker->name(), " ", DescribeExit(exit)));
}

void WorkerPool::ReplaceEnded(const Member& member, bool failed) {
  Member* old = member.replaces.empty() ? nullptr : Find(member.replaces);
  if (old != nullptr && old->replacement_starts) {
    // The new one was never ready: the old one goes on.
    old->replacement_starts = false;
    LogWarning("worker goes on: the one to replace it did not become ready",
               {{"worker", old->worker->name()}});
  } else if (member.replace_at_end) {
    Launch("", member.leave_why);
  } else if (failed && !member.replacement_starts && member.state != WorkerState::kReplacing) {
    const bool was_ready = member.state != WorkerState::kStarting;
    LaunchLater(was_ready ? timers_->Now() - member.ready_at : absl::ZeroDuration());
  }
  if (waiting_.empty() || WorkerComes()) return;
  if (held_back_ > 0) return RefuseWaiting(HeldBack());
  LaunchMissing();
}

void WorkerPool::StopAll(const std::string& why) {
  if (closed_ || stopped_) return;
  stopped_ = true;
  stop_reason_ = why;
  timers_->Cancel(backoff_timer_);
  held_back_ = 0;
  for (const auto& member : members_) {
    member->replace_at_end = false;
    Leave(member.get(), ExitReason::kStopped, why);
  }
  RefuseWaiting(PoolStopped(options_->name, why));
  effects_.Add([this, why] { listeners_.EndAll(absl::StrCat("the pool is stopped: ", why)); });
  LogWarning("pool is stopped", {{"pool", options_->name}, {"why", why}});
  record_.AddOfPool(PoolEvent::Kind::kPoolStopped, why);
  Announce();
}

void WorkerPool::ReleaseQuarantined() {
  for (const std::string& function : quarantine_.Release(timers_->Now())) {
    LogInfo("action is out of quarantine", {{"pool", options_->name}, {"function", function}});
    record_.AddOfFunction(PoolEvent::Kind::kFunctionReleased, function, "");
  }
}

void WorkerPool::CheckSchedule() {
  const absl::Time now = context_.clock();
  const auto due = schedule_.Check(now);
  if (due.has_value()) {
    const std::string why = absl::StrCat("scheduled at ", absl::FormatCivilTime(*due).substr(11));
    std::vector<Member*> members;
    for (const auto& member : members_) members.push_back(member.get());
    for (Member* member : members) RecycleMember(member, why);
  }
  ArmForPool(schedule_.UntilNextCheck(now), &WorkerPool::CheckSchedule);
}

}  // namespace rsca::workers
