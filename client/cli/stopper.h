// Ends the calls of a command that goes on until it is interrupted.
#ifndef RSCA_CLIENT_CLI_STOPPER_H_
#define RSCA_CLIENT_CLI_STOPPER_H_

#include <optional>

#include "client/cli/interrupts.h"
#include "client/cli/session.h"
#include "common/mutex.h"
#include "rsca/client/cancellation.h"

namespace rsca::cli {

// Make it before anything starts threads, for it blocks signals. Thread-safe, but for Watch and
// ExitStatus, once each.
class Stopper {
 public:
  explicit Stopper(Session* session) : session_(session) {}

  // Cancelled by the first interruption.
  const client::Cancellation& cancellation() const { return cancellation_; }

  // Begins: Ctrl-C, SIGTERM, --timeout or a closed output interrupt.
  void Watch();

  bool stopped() const { return cancellation_.cancelled(); }

  // Waits until woken, but no shorter than `least` and no longer than `limit`; false, and at once,
  // when interrupted.
  bool Wait(absl::Duration least, absl::Duration limit);
  void Wake();

  // Ends watching. The exit status that the interruption means, after a report; nothing if there
  // was none.
  std::optional<int> ExitStatus();

 private:
  void Stop(const Interruption& interruption);

  Session* const session_;
  Interrupts interrupts_;
  client::Cancellation cancellation_;
  Mutex mutex_;
  CondVar changed_;
  bool woken_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<Interruption> interruption_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace rsca::cli

#endif  // RSCA_CLIENT_CLI_STOPPER_H_
