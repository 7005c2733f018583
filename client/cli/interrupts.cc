#include "client/cli/interrupts.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <optional>
#include <system_error>
#include <utility>

namespace rsca::cli {
namespace {

// Those that are not ignored: a shell starts background jobs so that Ctrl-C is not for them.
sigset_t WatchedSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM}) {
    struct sigaction action {};
    if (sigaction(signal, nullptr, &action) == 0 && action.sa_handler != SIG_IGN) {
      sigaddset(&signals, signal);
    }
  }
  return signals;
}

int Checked(int descriptor) {
  if (descriptor < 0) throw std::system_error(errno, std::generic_category(), "watching signals");
  return descriptor;
}

int MakeSignalDescriptor() {
  const sigset_t signals = WatchedSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return Checked(signalfd(-1, &signals, SFD_CLOEXEC));
}

absl::Duration SteadyNow() {
  return absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
}

// Milliseconds for poll, rounded up; -1 for ever.
int PollTimeout(absl::Duration left) {
  if (left == absl::InfiniteDuration()) return -1;
  const absl::Duration capped = std::clamp(left, absl::ZeroDuration(), absl::Hours(1));
  return static_cast<int>(absl::ToInt64Milliseconds(absl::Ceil(capped, absl::Milliseconds(1))));
}

}  // namespace

Interrupts::Interrupts()
    : signals_(MakeSignalDescriptor()), stop_(Checked(eventfd(0, EFD_CLOEXEC))) {}

Interrupts::~Interrupts() {
  Stop();
  close(signals_);
  close(stop_);
}

void Interrupts::Watch(absl::Duration timeout, std::function<void(Interruption)> handler) {
  thread_ = std::thread([this, timeout, handler = std::move(handler)] { Run(timeout, handler); });
}

void Interrupts::Stop() {
  if (!thread_.joinable()) return;
  eventfd_write(stop_, 1);
  thread_.join();
}

void Interrupts::Run(absl::Duration timeout, const std::function<void(Interruption)>& handler) {
  const absl::Duration deadline = SteadyNow() + timeout;
  std::optional<Interruption> interruption;
  int output = STDOUT_FILENO;
  while (!interruption.has_value()) {
    // Of standard output only errors are wanted, which poll always tells.
    pollfd watched[] = {{stop_, POLLIN, 0}, {signals_, POLLIN, 0}, {output, 0, 0}};
    const int ready = poll(watched, 3, PollTimeout(deadline - SteadyNow()));
    if (ready < 0 && errno != EINTR) return;
    if (ready < 0) continue;
    if (watched[0].revents != 0) return;
    if ((watched[2].revents & POLLNVAL) != 0) output = -1;  // closed before rsca began
    if (watched[1].revents != 0) {
      signalfd_siginfo info{};
      if (read(signals_, &info, sizeof(info)) != sizeof(info)) continue;
      interruption = {Interruption::Cause::kSignal, static_cast<int>(info.ssi_signo)};
    } else if ((watched[2].revents & (POLLERR | POLLHUP)) != 0) {
      interruption = {Interruption::Cause::kOutputClosed, 0};
    } else if (SteadyNow() >= deadline) {
      interruption = {Interruption::Cause::kTimeout, 0};
    }
  }
  // A timeout or a closed output leaves the first Ctrl-C with its default effect, too.
  const sigset_t signals = WatchedSignals();
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  handler(*interruption);
  // This is the one thread that takes signals: it stays for the second Ctrl-C.
  pollfd stop{stop_, POLLIN, 0};
  while (poll(&stop, 1, -1) < 0 && errno == EINTR) continue;
}

}  // namespace rsca::cli
