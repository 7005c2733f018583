#include "server/workers/worker_watch.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace rsca::workers {
namespace {

// What PoolInfo shows, and what `periodic_restart` compares.
constexpr absl::Duration kSampleInterval = absl::Seconds(5);
// A hog must be found before it has taken the whole host.
constexpr absl::Duration kLimitSampleInterval = absl::Milliseconds(200);
// All that its plug-ins have started is more to look at.
constexpr absl::Duration kUsageSampleInterval = absl::Seconds(1);
// Plug-ins are asked that often whether they are idle, or more often with a short `idle_timeout`.
constexpr absl::Duration kIdleCheckInterval = absl::Minutes(1);
// A timer that is later than this says that this process did not run; the worker's answer may be
// waiting to be read.
constexpr absl::Duration kOwnDelay = absl::Seconds(1);

std::string Size(uint64_t bytes) {
  if (bytes < (1 << 20)) return absl::StrCat(bytes >> 10, " KiB");
  if (bytes % (1 << 20) == 0) return absl::StrCat(bytes >> 20, " MiB");
  return absl::StrFormat("%.1f MiB", static_cast<double>(bytes) / (1 << 20));
}

// `private memory 512.3 MiB, limit 256 MiB`.
std::string Passed(absl::string_view what, uint64_t bytes, uint64_t limit_kib) {
  return absl::StrCat(what, " ", Size(bytes), ", limit ", Size(limit_kib << 10));
}

}  // namespace

WorkerWatch::WorkerWatch(std::shared_ptr<const PoolOptions> options, std::shared_ptr<Worker> worker,
                         Timers* timers, std::weak_ptr<WatchListener> listener)
    : options_(std::move(options)),
      worker_(std::move(worker)),
      timers_(timers),
      listener_(std::move(listener)) {}

void WorkerWatch::Arm(Timers::Id* timer, absl::Duration delay, Action action) {
  timers_->Cancel(*timer);
  *timer = timers_->After(delay, [weak = weak_from_this(), action] {
    if (const auto self = weak.lock()) (self.get()->*action)();
  });
}

void WorkerWatch::Begin() {
  MutexLock lock(&mutex_);
  born_at_ = timers_->Now();
  if (options_->periodic_restart.time > absl::ZeroDuration()) {
    Arm(&age_timer_, options_->periodic_restart.time, &WorkerWatch::OnAge);
  }
  ArmAll();
}

void WorkerWatch::Pause() {
  MutexLock lock(&mutex_);
  CancelAll();
}

void WorkerWatch::Resume() {
  MutexLock lock(&mutex_);
  ArmAll();
}

void WorkerWatch::End() {
  MutexLock lock(&mutex_);
  CancelAll();
  timers_->Cancel(age_timer_);
}

void WorkerWatch::ArmAll() {
  running_ = true;
  if (options_->pinging_enabled) Arm(&ping_timer_, options_->ping_interval, &WorkerWatch::Ping);
  idle_since_ = timers_->Now();
  begun_ = worker_->counts().begun();
  ArmIdleCheck();
  Arm(&sample_timer_, kSampleInterval, &WorkerWatch::Sample);
  const ResourceLimitOptions& limits = options_->resource_limits;
  samples_memory_ = limits.memory_kib > 0 && !worker_->process()->KernelLimitsMemory();
  samples_cpu_ = limits.cpu_percent > 0 && !worker_->process()->KernelLimitsCpu();
  cpu_since_.reset();
  if (samples_memory_) Arm(&limit_timer_, kLimitSampleInterval, &WorkerWatch::SampleLimit);
  if (samples_memory_ || samples_cpu_) {
    Arm(&usage_timer_, kUsageSampleInterval, &WorkerWatch::SampleUsage);
  }
}

void WorkerWatch::CancelAll() {
  running_ = false;
  awaiting_pong_ = false;
  ++idle_number_;  // an answer that is under way counts no more
  for (const Timers::Id timer :
       {ping_timer_, idle_timer_, sample_timer_, limit_timer_, usage_timer_, requests_timer_}) {
    timers_->Cancel(timer);
  }
}

void WorkerWatch::Ping() {
  MutexLock lock(&mutex_);
  if (!running_) return;
  ping_sent_at_ = timers_->Now();
  awaiting_pong_ = true;
  worker::v1::ControlResponse message;
  message.mutable_ping()->set_number(++ping_number_);
  worker_->Send(std::move(message));
  Arm(&ping_timer_, options_->ping_response_time, &WorkerWatch::OnPingOverdue);
}

void WorkerWatch::OnPong(uint64_t number) {
  MutexLock lock(&mutex_);
  if (!awaiting_pong_ || number != ping_number_) return;
  awaiting_pong_ = false;
  last_ping_ = timers_->Now() - ping_sent_at_;
  Arm(&ping_timer_, std::max(options_->ping_interval - last_ping_, absl::ZeroDuration()),
      &WorkerWatch::Ping);
}

void WorkerWatch::OnPingOverdue() {
  {
    MutexLock lock(&mutex_);
    if (!awaiting_pong_) return;
    const absl::Duration waited = timers_->Now() - ping_sent_at_;
    if (waited > options_->ping_response_time + kOwnDelay) {
      ping_sent_at_ = timers_->Now();
      Arm(&ping_timer_, options_->ping_response_time, &WorkerWatch::OnPingOverdue);
      return;
    }
  }
  if (const auto listener = listener_.lock()) {
    listener->OnWorkerFailing(
        worker_.get(), ExitReason::kPingMissed,
        absl::StrCat("limit ", absl::FormatDuration(options_->ping_response_time)));
  }
}

void WorkerWatch::NoteActivity() {
  idle_since_ = timers_->Now();
  begun_ = worker_->counts().begun();
}

void WorkerWatch::ArmIdleCheck() {
  if (options_->idle_timeout <= absl::ZeroDuration()) return;
  const absl::Duration left = idle_since_ + options_->idle_timeout - timers_->Now();
  absl::Duration interval = std::min(kIdleCheckInterval, options_->idle_timeout / 4);
  if (left > absl::ZeroDuration()) interval = std::min(interval, left);
  Arm(&idle_timer_, interval, &WorkerWatch::CheckIdle);
}

void WorkerWatch::CheckIdle() {
  MutexLock lock(&mutex_);
  if (!running_) return;
  const WorkerCounts counts = worker_->counts();
  if (counts.busy() || counts.begun() != begun_) {
    NoteActivity();
    ArmIdleCheck();
    return;
  }
  // One that does not answer this does not answer pings either.
  worker::v1::ControlResponse message;
  message.mutable_check_idle()->set_number(++idle_number_);
  worker_->Send(std::move(message));
}

void WorkerWatch::OnIdleStatus(const worker::v1::IdleStatus& status) {
  {
    MutexLock lock(&mutex_);
    if (!running_ || status.number() != idle_number_) return;
    const WorkerCounts counts = worker_->counts();
    if (!status.idle() || counts.busy() || counts.begun() != begun_) NoteActivity();
    const bool over = timers_->Now() - idle_since_ >= options_->idle_timeout;
    ArmIdleCheck();
    if (!over) return;
  }
  if (const auto listener = listener_.lock()) listener->OnWorkerIdle(worker_.get());
}

void WorkerWatch::SampleLimit() {
  const absl::StatusOr<uint64_t> bytes = worker_->process()->ReadMemory();
  const uint64_t limit = options_->resource_limits.memory_kib;
  const bool passed = bytes.ok() && *bytes > limit << 10;
  {
    MutexLock lock(&mutex_);
    if (!running_) return;
    if (!passed) return Arm(&limit_timer_, kLimitSampleInterval, &WorkerWatch::SampleLimit);
  }
  if (const auto listener = listener_.lock()) {
    listener->OnWorkerFailing(worker_.get(), ExitReason::kLimitPassed,
                              Passed("memory", *bytes, limit));
  }
}

void WorkerWatch::SampleUsage() {
  const ProcessUsage usage = worker_->process()->ReadUsage();
  std::string passed;
  {
    MutexLock lock(&mutex_);
    if (!running_) return;
    const uint64_t limit = options_->resource_limits.memory_kib;
    if (samples_memory_ && usage.memory_bytes > limit << 10) {
      passed = Passed("memory of all its processes", usage.memory_bytes, limit);
    } else if (samples_cpu_) {
      passed = CheckCpu(usage.cpu_time);
    }
    if (passed.empty()) return Arm(&usage_timer_, kUsageSampleInterval, &WorkerWatch::SampleUsage);
  }
  if (const auto listener = listener_.lock()) {
    listener->OnWorkerFailing(worker_.get(), ExitReason::kLimitPassed, passed);
  }
}

std::string WorkerWatch::CheckCpu(absl::Duration cpu_time) {
  const ResourceLimitOptions& limits = options_->resource_limits;
  const absl::Duration now = timers_->Now();
  // Less than before: a process has ended that nobody has waited for.
  if (!cpu_since_.has_value() || now - *cpu_since_ >= limits.cpu_reset_interval ||
      cpu_time < cpu_at_reset_) {
    cpu_since_ = now;
    cpu_at_reset_ = cpu_time;
    return "";
  }
  const absl::Duration used = cpu_time - cpu_at_reset_;
  if (used <= limits.cpu_reset_interval * (limits.cpu_percent / 100.0)) return "";
  return absl::StrCat("CPU ", absl::FormatDuration(used), " within ",
                      absl::FormatDuration(now - *cpu_since_), ", limit ", limits.cpu_percent,
                      "% of ", absl::FormatDuration(limits.cpu_reset_interval));
}

void WorkerWatch::Sample() {
  const absl::StatusOr<ProcessStats> stats = worker_->process()->ReadStats();
  {
    MutexLock lock(&mutex_);
    if (!running_) return;
    if (stats.ok()) stats_ = *stats;
    Arm(&sample_timer_, kSampleInterval, &WorkerWatch::Sample);
  }
  if (!stats.ok()) return;
  const PeriodicRestartOptions& restart = options_->periodic_restart;
  if (restart.private_memory_kib > 0 && stats->private_bytes > restart.private_memory_kib << 10) {
    AskToRecycle(Passed("private memory", stats->private_bytes, restart.private_memory_kib));
  } else if (restart.memory_kib > 0 && stats->virtual_bytes > restart.memory_kib << 10) {
    AskToRecycle(Passed("virtual memory", stats->virtual_bytes, restart.memory_kib));
  } else {
    CheckRequests();
  }
}

void WorkerWatch::OnBegun() {
  const uint32_t limit = options_->periodic_restart.requests;
  if (limit == 0 || worker_->counts().requests < limit) return;
  MutexLock lock(&mutex_);
  if (running_) Arm(&requests_timer_, absl::ZeroDuration(), &WorkerWatch::CheckRequests);
}

void WorkerWatch::CheckRequests() {
  const uint32_t limit = options_->periodic_restart.requests;
  const int64_t requests = worker_->counts().requests;
  if (limit == 0 || requests < limit) return;
  AskToRecycle(absl::StrCat(requests, " requests, limit ", limit));
}

void WorkerWatch::OnAge() {
  {
    MutexLock lock(&mutex_);
    // If it is not replaced, because the new worker fails, it is tried again.
    Arm(&age_timer_, options_->restart_backoff_max, &WorkerWatch::OnAge);
  }
  AskToRecycle(absl::StrCat("it ran for ", absl::FormatDuration(options_->periodic_restart.time)));
}

void WorkerWatch::AskToRecycle(const std::string& why) {
  {
    MutexLock lock(&mutex_);
    const absl::Duration now = timers_->Now();
    if (recycle_asked_at_.has_value() && now - *recycle_asked_at_ < options_->restart_backoff_max) {
      return;
    }
    recycle_asked_at_ = now;
  }
  if (const auto listener = listener_.lock()) listener->OnRecycleDue(worker_.get(), why);
}

ProcessStats WorkerWatch::stats() const {
  MutexLock lock(&mutex_);
  return stats_;
}

absl::Duration WorkerWatch::last_ping() const {
  MutexLock lock(&mutex_);
  return last_ping_;
}

}  // namespace rsca::workers
