#include "server/managers/process/child.h"

#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>

#include "server/managers/base/failure.h"
#include "server/managers/process/proc_files.h"

namespace rsca::managers {
namespace {

constexpr std::chrono::seconds kGrace{2};

// Between the samples of a command's memory: short at first, for it may not live long.
constexpr std::chrono::milliseconds kFirstSample{5};
constexpr std::chrono::milliseconds kLongestSample{1000};

// poll() takes an int of milliseconds.
constexpr std::chrono::milliseconds kLongestWait = std::chrono::hours(1);

// The measure before exec may miss a few pages.
constexpr uint64_t kPeakSlack = 1 << 20;

}  // namespace

std::unique_ptr<Child> Child::Start(const Command& command, Failure* failure) {
  std::unique_ptr<Child> child(new Child);
  // Both stay where they are until the thread has told how the start went.
  child->thread_ =
      std::thread([self = child.get(), &command, failure] { self->Run(command, failure); });
  MutexLock lock(&child->mutex_);
  while (!child->told_) child->changed_.Wait(&child->mutex_);
  return child->spawned_ ? std::move(child) : nullptr;
}

Child::~Child() {
  Terminate();
  if (thread_.joinable()) thread_.join();
}

void Child::Terminate() {
  MutexLock lock(&mutex_);
  terminate_ = true;
  wake_.Signal();
}

void Child::OutputEnded() {
  MutexLock lock(&mutex_);
  output_ended_ = true;
  wake_.Signal();
}

void Child::Run(const Command& command, Failure* failure) {
  const absl::Duration timeout = command.timeout;
  if (!SpawnAndTell(command, failure)) return;
  WatchCommand(timeout);
  exited_ = Clock::now();
  EndRestOfGroup();
  Reap();
  ended_.Signal();
}

bool Child::SpawnAndTell(const Command& command, Failure* failure) {
  started_ = Clock::now();
  std::optional<Spawned> spawned;
  try {
    spawned = Spawn(command, failure);
  } catch (...) {
    *failure = FailureFromException();
  }
  MutexLock lock(&mutex_);
  spawned_ = std::move(spawned);
  told_ = true;
  changed_.NotifyAll();
  return spawned_.has_value();
}

// Until the command has exited, which leaves it a zombie.
void Child::WatchCommand(absl::Duration timeout) {
  // A limit that the clock can count to; nothing runs for thirty years.
  const auto deadline =
      started_ + absl::ToChronoMilliseconds(std::min(timeout, absl::Hours(24 * 365 * 30)));
  Sample();
  auto sample_after = kFirstSample;
  auto sample_at = started_ + sample_after;
  for (;;) {
    auto limit = killed_ ? Clock::time_point::max() : kill_at_.value_or(deadline);
    if (WaitUntil(spawned_->pidfd.Get(), std::min(limit, sample_at))) return;
    const auto now = Clock::now();
    if (now >= sample_at) {
      Sample();
      sample_after = std::min(sample_after * 2, kLongestSample);
      sample_at = now + sample_after;
    }
    if (kill_at_) {
      if (now >= *kill_at_ && !killed_) Kill();
      continue;
    }
    bool asked = false;
    {
      MutexLock lock(&mutex_);
      asked = terminate_;
    }
    if (!asked && now < deadline) continue;
    cause_ = asked ? Exit::Cause::kTerminated : Exit::Cause::kTimeout;
    BeginTermination();
  }
}

// What the command has left behind in its group. The command is a zombie still, so that the
// group's number cannot belong to anybody else.
void Child::EndRestOfGroup() {
  if (killed_) return;
  if (!kill_at_) BeginTermination();
  for (;;) {
    {
      MutexLock lock(&mutex_);
      if (output_ended_) break;
    }
    if (Clock::now() >= *kill_at_) break;
    WaitUntil(-1, *kill_at_);
  }
  Kill();
}

void Child::Reap() {
  int status = 0;
  struct rusage usage = {};
  while (wait4(spawned_->pid, &status, 0, &usage) < 0 && errno == EINTR) continue;
  // Linux counts the memory of the forked worker, until exec, as the command's. Only above that is
  // the kernel's number the command's own.
  const uint64_t peak = static_cast<uint64_t>(usage.ru_maxrss) * 1024;
  const bool own = peak > spawned_->inherited_peak_bytes + kPeakSlack;
  MutexLock lock(&mutex_);
  exit_ = {.cause = cause_,
           .wait_status = status,
           .cpu_user = absl::DurationFromTimeval(usage.ru_utime),
           .cpu_system = absl::DurationFromTimeval(usage.ru_stime),
           .peak_memory_bytes = own ? peak : sampled_peak_bytes_,
           .duration = absl::FromChrono(exited_ - started_)};
}

void Child::BeginTermination() {
  kill_at_ = Clock::now() + kGrace;
  kill(-spawned_->pid, SIGTERM);
  // One that is stopped would not notice.
  kill(-spawned_->pid, SIGCONT);
}

void Child::Kill() {
  killed_ = true;
  kill(-spawned_->pid, SIGKILL);
}

void Child::Sample() {
  try {
    sampled_peak_bytes_ = std::max(sampled_peak_bytes_, PeakMemoryBytes(spawned_->pid));
  } catch (const std::system_error&) {
    // No descriptor free; the next sample may find one.
    return;
  }
}

// Whether `fd` has become readable, before `limit` or a call to wake_.
bool Child::WaitUntil(int fd, Clock::time_point limit) {
  const auto left = std::clamp(std::chrono::ceil<std::chrono::milliseconds>(limit - Clock::now()),
                               std::chrono::milliseconds(0), kLongestWait);
  pollfd fds[] = {{wake_.fd(), POLLIN, 0}, {fd, POLLIN, 0}};
  if (poll(fds, 2, static_cast<int>(left.count())) <= 0) return false;
  if (fds[0].revents != 0) wake_.Clear();
  return fds[1].revents != 0;
}

}  // namespace rsca::managers
