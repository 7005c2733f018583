#include "client/cpp/position.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "client/cpp/loss.h"

namespace rsca::client::internal {

absl::Status Position::Accept(v1::ResultStreamResponse* message) {
  if (message->has_registered()) return Begin(message->registered());
  if (!joined()) {
    return absl::InternalError("the server's first message was not `registered`");
  }
  if (message->has_heartbeat()) return AcceptHeartbeat(message->heartbeat());
  if (message->has_interruption()) {
    if (!Advance(message->interruption().sequence())) message->clear_interruption();
  } else {
    AcceptResults(message);
  }
  return absl::OkStatus();
}

absl::Status Position::Begin(const v1::Registration& registration) {
  const bool joined_again = registration.name() == name_;
  if (joined() && !joined_again && !ended_) {
    return absl::InternalError(absl::StrCat("the server began ", registration.name(), " before ",
                                            name_, " had its final result"));
  }
  const bool has_final = registration.state() == v1::Registration::STATE_ENDED;
  promised_ = 0;
  last_is_certain_ = true;
  if (!joined_again) {
    name_ = registration.name();
    durable_ = registration.durable();
    if (after_.has_value()) {
      last_ = *after_;
    } else if (beginning_ == Beginning::kOldest) {
      last_ = std::max<uint64_t>(registration.first_sequence(), 1) - 1;
    } else {
      // Of an ended registration the final result comes once more.
      last_ = registration.last_sequence();
      if (has_final && last_ > 0) --last_;
      last_is_certain_ = false;
    }
  }
  // Nothing is to come when the final result is not after `last_`.
  ended_ = has_final && last_ >= registration.last_sequence();
  return absl::OkStatus();
}

void Position::AcceptResults(v1::ResultStreamResponse* message) {
  int kept = 0;
  for (int i = 0; i < message->results_size() && gap_.ok(); ++i) {
    const v1::Result& result = message->results(i);
    if (!Advance(result.sequence())) continue;
    ended_ = result.final();
    if (kept != i) message->mutable_results()->SwapElements(kept, i);
    ++kept;
  }
  message->mutable_results()->DeleteSubrange(kept, message->results_size() - kept);
}

absl::Status Position::AcceptHeartbeat(const v1::Heartbeat& heartbeat) {
  // A heartbeat may run ahead of results that are on their way. They are not when a whole interval
  // has passed and the next one is here.
  if (last_ < promised_) {
    return absl::UnavailableError(absl::StrCat("the stream has stalled after sequence ", last_,
                                               ": the server has ", promised_));
  }
  promised_ = heartbeat.last_sequence();
  return absl::OkStatus();
}

bool Position::Advance(uint64_t sequence) {
  if (ended_) return false;
  if (!last_is_certain_) {
    last_is_certain_ = true;
    last_ = sequence - 1;
  }
  if (sequence <= last_) return false;
  if (sequence != last_ + 1) {
    gap_ = LossError("SEQUENCE_GAP", absl::StrCat("the server sent ", sequence, " after ", last_),
                     {last_ + 1, sequence - 1});
    return false;
  }
  last_ = sequence;
  return true;
}

}  // namespace rsca::client::internal
