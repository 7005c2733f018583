#include "client/cpp/resuming_result_source.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "client/cpp/connection_error.h"
#include "client/cpp/loss.h"
#include "common/status.h"

namespace rsca::client::internal {
namespace {

constexpr char kServerDraining[] = "SERVER_DRAINING";

}  // namespace

ResumingResultSource::ResumingResultSource(Open open, Position position, Carries carries,
                                           const StreamOptions& options, Timers* timers,
                                           std::shared_ptr<CancelState> cancel)
    : open_(std::move(open)),
      carries_(carries),
      position_(std::move(position)),
      on_journal_change_(options.on_journal_change),
      rejoin_(options.retry, options.on_connection_change, timers, std::move(cancel)) {}

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
        rejoin_.Progress();
      }
      if (status.ok()) {
        rejoin_.Joined();
        if (message->has_heartbeat()) TellJournal(message->heartbeat().journal_error());
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

void ResumingResultSource::TellJournal(const std::string& error) {
  if (error == journal_error_) return;
  journal_error_ = error;
  if (on_journal_change_) on_journal_change_(error);
}

absl::Status ResumingResultSource::PauseAfter(const absl::Status& loss) {
  if (absl::Status cancelled = rejoin_.CheckCancelled(); !cancelled.ok()) return cancelled;
  if (!MayTryAgain(loss)) return GiveUp(loss);
  const absl::StatusOr<bool> again = rejoin_.Pause(loss, position_.joined());
  if (!again.ok()) return again.status();
  return *again ? absl::OkStatus() : GiveUp(loss);
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

}  // namespace rsca::client::internal
