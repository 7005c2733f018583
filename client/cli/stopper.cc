#include "client/cli/stopper.h"

#include <chrono>
#include <csignal>

#include "client/cli/exit_status.h"

namespace rsca::cli {

void Stopper::Watch() {
  interrupts_.Watch(session_->options().timeout.value_or(absl::InfiniteDuration()),
                    [this](const Interruption& interruption) { Stop(interruption); });
}

void Stopper::Stop(const Interruption& interruption) {
  {
    MutexLock lock(&mutex_);
    interruption_ = interruption;
    changed_.NotifyAll();
  }
  cancellation_.Cancel();
}

bool Stopper::Wait(absl::Duration least, absl::Duration limit) {
  const auto begin = std::chrono::steady_clock::now();
  MutexLock lock(&mutex_);
  while (!interruption_.has_value()) {
    const auto left = begin + absl::ToChronoNanoseconds(woken_ ? least : limit) -
                      std::chrono::steady_clock::now();
    if (left <= left.zero()) break;
    changed_.WaitFor(&mutex_, absl::FromChrono(left));
  }
  woken_ = false;
  return !interruption_.has_value();
}

void Stopper::Wake() {
  MutexLock lock(&mutex_);
  woken_ = true;
  changed_.NotifyAll();
}

std::optional<int> Stopper::ExitStatus() {
  interrupts_.Stop();
  MutexLock lock(&mutex_);
  if (!interruption_.has_value()) return std::nullopt;
  switch (interruption_->cause) {
    case Interruption::Cause::kSignal:
      return kExitSignal + interruption_->signal;
    case Interruption::Cause::kOutputClosed:
      return kExitSignal + SIGPIPE;
    case Interruption::Cause::kTimeout:
      break;
  }
  session_->console().Error("the time of --timeout is over");
  return kExitCallFailed;
}

}  // namespace rsca::cli
