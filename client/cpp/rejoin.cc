#include "client/cpp/rejoin.h"

#include <algorithm>
#include <utility>

namespace rsca::client::internal {

bool IsConnectionLoss(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
    // What a broken HTTP/2 stream is called by the places that it breaks at.
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kUnknown:
    // A reader too slow was cut off, or the server still counts the stream that was lost.
    case absl::StatusCode::kResourceExhausted:
      return true;
    default:
      return false;
  }
}

Rejoin::Rejoin(const RetryPolicy& policy,
               std::function<void(const absl::Status& connection)> on_connection_change,
               Timers* timers, std::shared_ptr<CancelState> cancel)
    : policy_(policy),
      on_connection_change_(std::move(on_connection_change)),
      timers_(timers),
      cancel_(std::move(cancel)),
      backoff_(policy_.initial_backoff, policy_.max_backoff) {}

void Rejoin::Progress() {
  lost_since_.reset();
  backoff_.Reset();
}

void Rejoin::Joined() {
  if (told_lost_) Tell(absl::OkStatus());
}

absl::Status Rejoin::CheckCancelled() const {
  if (!cancel_->cancelled()) return absl::OkStatus();
  return absl::CancelledError("the stream was cancelled by its client");
}

absl::StatusOr<bool> Rejoin::Pause(const absl::Status& loss, bool joined) {
  const absl::Duration now = timers_->Now();
  if (!lost_since_.has_value()) lost_since_ = now;
  const absl::Duration limit = joined ? policy_.rejoin_limit : policy_.open_limit;
  const absl::Duration left = limit - (now - *lost_since_);
  if (left <= absl::ZeroDuration()) return false;
  if (joined && !told_lost_) Tell(loss);
  if (!cancel_->Sleep(std::min(backoff_.Next(), left))) return CheckCancelled();
  return true;
}

void Rejoin::Tell(const absl::Status& connection) {
  told_lost_ = !connection.ok();
  if (on_connection_change_) on_connection_change_(connection);
}

}  // namespace rsca::client::internal
