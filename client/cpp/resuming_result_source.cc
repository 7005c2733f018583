#include "client/cpp/resuming_result_source.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/cpp/connection_error.h"
#include "client/cpp/loss.h"
#include "common/status.h"

namespace rsca::client::internal {
namespace {

constexpr char kServerDraining[] = "SERVER_DRAINING";

// What says that an RPC broke, or may go on later, and not that the server refuses it.
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

}  // namespace

ResumingResultSource::ResumingResultSource(Open open, Position position, Carries carries,
                                           const StreamOptions& options, Timers* timers,
                                           std::shared_ptr<CancelState> cancel)
    : open_(std::move(open)),
      carries_(carries),
      policy_(options.retry),
      on_connection_change_(options.on_connection_change),
      timers_(timers),
      cancel_(std::move(cancel)),
      position_(std::move(position)),
      backoff_(policy_.initial_backoff, policy_.max_backoff) {}

absl::StatusOr<bool> ResumingResultSource::Next(v1::ResultStreamResponse* message) {
  while (true) {
    if (!position_.gap().ok()) return position_.gap();
    if (source_ == nullptr) source_ = open_(position_);
    const absl::StatusOr<bool> got = source_->Next(message);
    absl::Status status = got.status();
    if (got.ok() && *got) {
      const uint64_t last = position_.last();
      status = position_.Accept(message);
      if (position_.last() != last || (status.ok() && message->has_heartbeat())) {
        lost_since_.reset();
        backoff_.Reset();
      }
      if (status.ok()) {
        if (told_lost_) TellConnection(absl::OkStatus());
        return true;
      }
    } else {
      // How the RPC ends after the only final result is of no interest.
      if (position_.ended() && (got.ok() || carries_ == Carries::kOneRegistration)) return false;
      if (got.ok()) status = absl::InternalError("the server ended the stream without an end");
    }
    source_.reset();
    status = PauseAfter(status);
    if (!status.ok()) return status;
  }
}

absl::Status ResumingResultSource::PauseAfter(const absl::Status& loss) {
  absl::Status cancelled = absl::CancelledError("the stream was cancelled by its client");
  if (cancel_->cancelled()) return cancelled;
  if (!MayTryAgain(loss)) return GiveUp(loss);
  const absl::Duration now = timers_->Now();
  if (!lost_since_.has_value()) lost_since_ = now;
  const absl::Duration limit = position_.joined() ? policy_.rejoin_limit : policy_.open_limit;
  const absl::Duration left = limit - (now - *lost_since_);
  if (left <= absl::ZeroDuration()) return GiveUp(loss);
  if (position_.joined() && !told_lost_) TellConnection(loss);
  return cancel_->Sleep(std::min(backoff_.Next(), left)) ? absl::OkStatus() : cancelled;
}

absl::Status ResumingResultSource::GiveUp(const absl::Status& loss) const {
  if (!position_.joined()) return loss;
  if (!IsConnectionLoss(loss)) return ExplainRefusedRejoin(loss, position_.last());
  if (EndsWithTheServer(loss)) {
    return MakeError(absl::StatusCode::kUnavailable, kServerDraining,
                     absl::StrCat("the server is shutting down, and ", position_.name(),
                                  " ended with it, after sequence ", position_.last()));
  }
  return absl::UnavailableError(absl::StrCat("the stream of ", position_.name(),
                                             " was lost after sequence ", position_.last(), ": ",
                                             std::string(loss.message())));
}

bool ResumingResultSource::MayTryAgain(const absl::Status& loss) const {
  if (position_.joined()) {
    return carries_ == Carries::kOneRegistration && IsConnectionLoss(loss) &&
           !EndsWithTheServer(loss);
  }
  // Before it has joined, an error with a reason is an answer that will not change, and so is one
  // about resources.
  const std::string reason = ErrorReason(loss);
  return IsConnectionLoss(loss) && !absl::IsResourceExhausted(loss) &&
         (reason.empty() || reason == kServerDraining || reason == kConnectionClosed ||
          reason == kHostNotFound);
}

bool ResumingResultSource::EndsWithTheServer(const absl::Status& loss) const {
  return ErrorReason(loss) == kServerDraining && !position_.durable();
}

void ResumingResultSource::TellConnection(const absl::Status& connection) {
  told_lost_ = !connection.ok();
  if (on_connection_change_) on_connection_change_(connection);
}

}  // namespace rsca::client::internal
