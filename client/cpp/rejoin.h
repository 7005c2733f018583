// When and how long a stream that lost its connection tries to join again.
#ifndef RSCA_CLIENT_CPP_REJOIN_H_
#define RSCA_CLIENT_CPP_REJOIN_H_

#include <functional>
#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/cpp/backoff.h"
#include "client/cpp/cancel_state.h"
#include "common/timers.h"
#include "rsca/client/options.h"

namespace rsca::client::internal {

// What says that an RPC broke, or may go on later, and not that the server refuses it.
bool IsConnectionLoss(const absl::Status& status);

// For one thread at a time.
class Rejoin {
 public:
  // `timers` outlives this.
  Rejoin(const RetryPolicy& policy,
         std::function<void(const absl::Status& connection)> on_connection_change, Timers* timers,
         std::shared_ptr<CancelState> cancel);

  // Something new has come through.
  void Progress();

  // The stream stands; tells so, if its loss was told.
  void Joined();

  absl::Status CheckCancelled() const;

  // Waits for the next try after `loss`, and tells the loss of a stream that had `joined`. False:
  // the time for tries is over. CANCELLED.
  absl::StatusOr<bool> Pause(const absl::Status& loss, bool joined);

 private:
  void Tell(const absl::Status& connection);

  const RetryPolicy policy_;
  const std::function<void(const absl::Status&)> on_connection_change_;
  Timers* const timers_;
  const std::shared_ptr<CancelState> cancel_;
  Backoff backoff_;
  // Since when nothing has come through; unset while all is well.
  std::optional<absl::Duration> lost_since_;
  bool told_lost_ = false;
};

}  // namespace rsca::client::internal

#endif  // RSCA_CLIENT_CPP_REJOIN_H_
