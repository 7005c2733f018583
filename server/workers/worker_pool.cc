#include "server/workers/worker_pool.h"

#include <algorithm>
#include <csignal>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/hresult.h"
#include "common/log.h"
#include "server/workers/bootstrap.h"
#include "server/workers/pool_errors.h"

namespace rsca::workers {
namespace {

// A worker whose link is gone ends by itself, within less than this.
constexpr absl::Duration kLostLinkGrace = absl::Seconds(5);

// `0x80004005 (E_FAIL): out of disk space (protocol manager files)`.
std::string Describe(const worker::v1::WorkerFailure& failure) {
  std::string text = failure.hresult() == 0 ? "" : HresultText(failure.hresult());
  if (!failure.reason().empty()) {
    absl::StrAppend(&text, text.empty() ? "" : ": ", failure.reason());
  }
  if (!failure.protocol_manager().empty()) {
    absl::StrAppend(&text, " (protocol manager ", failure.protocol_manager(), ")");
  }
  return text;
}

}  // namespace

WorkerPool::WorkerPool(PoolOptions options, PoolContext context)
    : options_(std::make_shared<const PoolOptions>(std::move(options))),
      context_(std::move(context)),
      timers_(context_.timers),
      preloads_(*options_),
      quarantine_(options_->quarantine, options_->quarantine_duration),
      schedule_(options_->periodic_restart.schedule, context_.zone),
      record_(options_->name, &effects_, context_.events) {}

void WorkerPool::Open() {
  {
    MutexLock lock(&mutex_);
    Announce();
    LaunchMissing();
    if (!options_->periodic_restart.schedule.empty()) CheckSchedule();
  }
  effects_.Run();
}

std::string WorkerPool::WhyRefused(const std::string& function) const {
  const absl::Status callable = CheckCallable(function);
  if (!callable.ok()) return std::string(callable.message());
  switch (state()) {
    case PoolState::kStarting:
      return absl::StrCat("the worker of pool ", options_->name, " is starting");
    case PoolState::kHeldBack:
      return absl::StrCat("the worker of pool ", options_->name,
                          " died, and the next one is held back");
    default:
      return "";
  }
}

bool WorkerPool::WaitForFirstWorker(absl::Duration limit) {
  const absl::Duration deadline = timers_->Now() + limit;
  MutexLock lock(&mutex_);
  while (!tried_ && timers_->Now() < deadline) changed_.WaitFor(&mutex_, deadline - timers_->Now());
  return tried_;
}

std::vector<Function> WorkerPool::functions() const {
  MutexLock lock(&mutex_);
  std::vector<Function> functions = functions_;
  for (Function& function : functions) function.refused_why = WhyRefused(function.name);
  return functions;
}

std::optional<Function> WorkerPool::FindFunction(const std::string& name) const {
  MutexLock lock(&mutex_);
  for (const Function& function : functions_) {
    if (function.name != name) continue;
    Function found = function;
    found.refused_why = WhyRefused(name);
    return found;
  }
  return std::nullopt;
}

std::vector<std::string> WorkerPool::gaps() const {
  MutexLock lock(&mutex_);
  std::vector<std::string> gaps;
  for (const std::string& failure : load_failures_) {
    gaps.push_back(absl::StrCat("pool ", options_->name, " could not load ", failure));
  }
  if (!functions_known_) gaps.push_back(WhyRefused(""));
  return gaps;
}

bool WorkerPool::Has(WorkerState state) const {
  return std::any_of(members_.begin(), members_.end(),
                     [state](const auto& member) { return member->state == state; });
}

PoolState WorkerPool::state() const {
  if (stopped_ || closed_) return members_.empty() ? PoolState::kStopped : PoolState::kStopping;
  if (Has(WorkerState::kReady) || Has(WorkerState::kSuspended)) return PoolState::kRunning;
  if (held_back_ > 0) return PoolState::kHeldBack;
  return failing_ ? PoolState::kStarting : PoolState::kRunning;
}

WorkerInfo WorkerPool::InfoOf(const Member& member) const {
  WorkerInfo info;
  info.name = member.worker->name();
  info.pid = member.worker->pid();
  info.state = member.state;
  info.start_time = member.start_time;
  const WorkerCounts counts = member.worker->counts();
  info.registrations = counts.registrations;
  info.runs = counts.runs;
  info.results = counts.results;
  info.conversations = counts.conversations;
  const ProcessStats stats = member.watch->stats();
  info.cpu_time = stats.cpu_time;
  info.resident_bytes = stats.resident_bytes;
  info.private_bytes = stats.private_bytes;
  info.virtual_bytes = stats.virtual_bytes;
  info.descriptors = stats.descriptors;
  info.threads = stats.threads;
  info.last_ping = member.watch->last_ping();
  return info;
}

PoolInfo WorkerPool::Info() const {
  PoolInfo info;
  info.name = options_->name;
  info.max_processes = options_->max_processes;
  for (const ProtocolManagerOptions& manager : options_->protocol_managers) {
    info.protocol_managers.push_back(manager.name);
  }
  MutexLock lock(&mutex_);
  info.state = state();
  info.stop_reason = stop_reason_;
  info.load_failures = load_failures_;
  for (const auto& member : members_) info.workers.push_back(InfoOf(*member));
  info.quarantined = quarantine_.functions();
  info.recent_failures = failures_.Count(options_->rapid_fail_protection, timers_->Now());
  if (held_back_ > 0) info.held_back_until = absl::Now() + (held_until_ - timers_->Now());
  record_.Fill(&info);
  return info;
}

void WorkerPool::StartAgain() {
  {
    MutexLock lock(&mutex_);
    if (!stopped_ || closed_) return;
    stopped_ = false;
    stop_reason_.clear();
    failing_ = true;
    failures_.Clear();
    quarantine_.Forgive();
    deaths_in_row_ = 0;
    LogInfo("pool is started", {{"pool", options_->name}});
    LaunchMissing();
    Announce();
  }
  effects_.Run();
}

void WorkerPool::Stop(const std::string& why) {
  {
    MutexLock lock(&mutex_);
    StopAll(why);
  }
  effects_.Run();
}

absl::Status WorkerPool::CheckRecyclable() const {
  if (!stopped_ && !closed_) return absl::OkStatus();
  return PoolStopped(options_->name, stop_reason_, absl::StatusCode::kFailedPrecondition);
}

absl::Status WorkerPool::Recycle(const std::string& why) {
  {
    MutexLock lock(&mutex_);
    if (absl::Status status = CheckRecyclable(); !status.ok()) return status;
    // A new worker takes its place among them.
    std::vector<Member*> members;
    for (const auto& member : members_) members.push_back(member.get());
    for (Member* member : members) RecycleMember(member, why);
  }
  effects_.Run();
  return absl::OkStatus();
}

absl::Status WorkerPool::RecycleWorker(const std::string& worker, const std::string& why) {
  {
    MutexLock lock(&mutex_);
    Member* member = Find(worker);
    if (member == nullptr) return WorkerNotFound(worker);
    if (absl::Status status = CheckRecyclable(); !status.ok()) return status;
    RecycleMember(member, why);
  }
  effects_.Run();
  return absl::OkStatus();
}

void WorkerPool::Close() {
  {
    MutexLock lock(&mutex_);
    if (closed_) return;
    closed_ = true;
    timers_->Cancel(backoff_timer_);
    held_back_ = 0;
    for (const auto& member : members_) {
      Leave(member.get(), ExitReason::kStopped, "the server shuts down");
    }
    RefuseWaiting(WorkerUnavailable(options_->name, "the server shuts down", kLostLinkGrace));
    effects_.Add([this] { listeners_.EndAll("the server shuts down"); });
    Announce();
  }
  effects_.Run();
}

bool WorkerPool::WaitUntilGone(absl::Duration limit) {
  const absl::Duration deadline = timers_->Now() + limit;
  MutexLock lock(&mutex_);
  const auto gone = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return members_.empty() && dying_ == 0;
  };
  while (!gone() && timers_->Now() < deadline) {
    changed_.WaitFor(&mutex_, deadline - timers_->Now());
  }
  return gone();
}

std::vector<std::shared_ptr<Worker>> WorkerPool::workers() const {
  std::vector<std::shared_ptr<Worker>> workers;
  MutexLock lock(&mutex_);
  workers.reserve(members_.size());
  for (const auto& member : members_) workers.push_back(member->worker);
  return workers;
}

void WorkerPool::ShutdownNow() {
  for (const auto& worker : workers()) {
    worker->Shutdown(true);
    worker->Signal(SIGTERM);
  }
}

void WorkerPool::Kill() {
  for (const auto& worker : workers()) {
    worker->Decide(ExitReason::kShutdownTimeLimit, "the server shuts down");
    worker->Kill();
  }
}

void WorkerPool::OnWorkerReady(Worker* worker, const worker::v1::Ready& ready) {
  for (const worker::v1::LoadFailure& failure : ready.failures()) {
    LogError("protocol manager not loaded", {{"worker", worker->name()},
                                             {"protocol_manager", failure.protocol_manager()},
                                             {"error", failure.message()}});
  }
  Do(worker, [&](Member* member) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (member->state != WorkerState::kStarting) return;
    timers_->Cancel(member->startup_timer);
    member->state = WorkerState::kReady;
    member->ready_at = timers_->Now();
    functions_ = FunctionsOf(*options_, ready, functions_);
    functions_known_ = true;
    load_failures_.clear();
    for (const worker::v1::LoadFailure& failure : ready.failures()) {
      load_failures_.push_back(absl::StrCat(failure.protocol_manager(), ": ", failure.message()));
    }
    tried_ = true;
    failing_ = false;
    changed_.NotifyAll();
    LogInfo("worker ready", {{"worker", worker->name()},
                             {"pid", worker->pid()},
                             {"functions", ready.functions_size()},
                             {"protocol_managers_failed", ready.failures_size()}});
    // As an effect, so that it comes after the launching, which the worker may have overtaken.
    effects_.Add([watch = member->watch] { watch->Begin(); });
    record_.Add(PoolEvent::Kind::kWorkerReady, worker->name());
    Announce();
    listeners_.OnWorkerReady(member->worker);
    preloads_.OnWorkerReady(worker);
    if (!member->replaces.empty()) {
      if (Member* old = Find(member->replaces)) BeginReplacing(old, member->replace_why);
    }
    ServeWaiting();
    // It was told to be replaced before it was ready.
    if (!member->leave_why.empty()) RecycleMember(member, member->leave_why);
  });
}

void WorkerPool::OnWorkerMessage(Worker* worker, const worker::v1::ControlRequest& message) {
  using Request = worker::v1::ControlRequest;
  switch (message.message_case()) {
    case Request::kPong:
      if (message.pong().has_failure()) {
        OnWorkerFailing(worker, ExitReason::kFailed, Describe(message.pong().failure()));
      } else if (const auto watch = WatchOf(worker)) {
        watch->OnPong(message.pong().number());
      }
      break;
    case Request::kIdleStatus:
      if (const auto watch = WatchOf(worker)) watch->OnIdleStatus(message.idle_status());
      break;
    case Request::kSuspended:
      Do(worker, [&](Member* member) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
        OnSuspended(member, message.suspended());
      });
      break;
    case Request::kRequest:
      if (message.request().has_fail()) {
        OnWorkerFailing(worker, ExitReason::kFailed, Describe(message.request().fail()));
      } else {
        OnRecycleDue(worker, absl::StrCat("a plug-in asked for it: ", message.request().recycle()));
      }
      break;
    case Request::kListenerEvent:
      listeners_.OnEvent(worker, message.listener_event());
      break;
    case Request::kPreloaded:
      preloads_.OnPreloaded(worker, message.preloaded());
      break;
    default:
      break;
  }
}

void WorkerPool::OnWorkerQuiet(Worker* worker) {
  Do(worker, [this](Member* member) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (member->state != WorkerState::kReplacing || member->worker->counts().busy()) return;
    Leave(member, ExitReason::kRecycled, member->leave_why);
  });
}

void WorkerPool::OnWorkerLinkLost(Worker* worker) {
  Do(worker, [](Member* member) { member->lost = true; });
  timers_->After(kLostLinkGrace, [weak = worker->weak_from_this()] {
    const auto lost = weak.lock();
    if (lost == nullptr) return;
    lost->Decide(ExitReason::kLinkLost, "");
    lost->Kill();
  });
}

void WorkerPool::OnWorkerEnded(Worker* worker, const WorkerExit& exit,
                               const std::vector<std::string>& suspects) {
  {
    MutexLock lock(&mutex_);
    ++dying_;
    EndMember(worker, exit, suspects);
  }
  effects_.Run();
}

void WorkerPool::OnWorkerGone(Worker* /*worker*/) {
  MutexLock lock(&mutex_);
  --dying_;
  changed_.NotifyAll();
}

void WorkerPool::OnWorkerFailing(Worker* worker, ExitReason reason, const std::string& detail) {
  Do(worker, [&](Member* member) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    // One that was asked to end has its time for it.
    if (member->state == WorkerState::kStopping || member->lost) return;
    LogError("worker is killed", {{"worker", worker->name()},
                                  {"reason", std::string(ExitReasonName(reason))},
                                  {"detail", detail}});
    member->lost = true;
    member->watch->End();
    worker->Decide(reason, detail);
    worker->Kill();
  });
}

void WorkerPool::OnRecycleDue(Worker* worker, const std::string& why) {
  Do(worker,
     [&](Member* member) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { RecycleMember(member, why); });
}

void WorkerPool::Announce() {
  const PoolState now = state();
  if (announced_state_ != now) {
    announced_state_ = now;
    if (now == PoolState::kRunning) record_.AddOfPool(PoolEvent::Kind::kPoolRunning, "");
  }
  const bool healthy = now == PoolState::kRunning && load_failures_.empty();
  if (announced_health_ == healthy) return;
  announced_health_ = healthy;
  effects_.Add([this, healthy] { context_.listener->OnPoolHealth(options_->name, healthy); });
}

WorkerPool::Member* WorkerPool::Find(const Worker* worker) {
  for (const auto& member : members_) {
    if (member->worker.get() == worker) return member.get();
  }
  return nullptr;
}

WorkerPool::Member* WorkerPool::Find(const std::string& worker) {
  for (const auto& member : members_) {
    if (member->worker->name() == worker) return member.get();
  }
  return nullptr;
}

std::shared_ptr<WorkerWatch> WorkerPool::WatchOf(const Worker* worker) {
  MutexLock lock(&mutex_);
  const Member* member = Find(worker);
  return member == nullptr ? nullptr : member->watch;
}

void WorkerPool::Do(const Worker* worker, const std::function<void(Member*)>& action) {
  {
    MutexLock lock(&mutex_);
    Member* member = Find(worker);
    if (member != nullptr) action(member);
  }
  effects_.Run();
}

void WorkerPool::ArmForMember(Timers::Id* timer, absl::Duration delay, const Member& member,
                              Action action) {
  timers_->Cancel(*timer);
  *timer = timers_->After(
      delay, [weak = weak_from_this(), worker = std::weak_ptr<Worker>(member.worker), action] {
        const auto self = weak.lock();
        const auto lives = worker.lock();
        if (self == nullptr || lives == nullptr) return;
        self->Do(lives.get(), [&self, action](Member* found) { (self.get()->*action)(found); });
      });
}

Timers::Id WorkerPool::ArmForPool(absl::Duration delay, void (WorkerPool::*action)()) {
  return timers_->After(delay, [weak = weak_from_this(), action] {
    const auto self = weak.lock();
    if (self == nullptr) return;
    {
      MutexLock lock(&self->mutex_);
      if (!self->closed_) (self.get()->*action)();
    }
    self->effects_.Run();
  });
}

}  // namespace rsca::workers
