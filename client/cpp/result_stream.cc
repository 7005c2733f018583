#include "rsca/client/result_stream.h"

#include <utility>

#include "client/cpp/stream_state.h"

namespace rsca::client {

ResultStream::ResultStream(std::unique_ptr<internal::StreamState> state)
    : state_(std::move(state)) {}
ResultStream::ResultStream(ResultStream&&) noexcept = default;
ResultStream& ResultStream::operator=(ResultStream&&) noexcept = default;
ResultStream::~ResultStream() = default;

absl::StatusOr<std::optional<Event>> ResultStream::Next() { return state_->Next(); }

const v1::Registration& ResultStream::registration() const { return state_->registration(); }

uint64_t ResultStream::last_sequence() const { return state_->last_sequence(); }

const v1::Outcome* ResultStream::outcome() const { return state_->outcome(); }

absl::Status ResultStream::status() const { return state_->status(); }

void ResultStream::Cancel() { state_->Cancel(); }

absl::Status ResultStream::Unregister(absl::Duration timeout) {
  return state_->Unregister(timeout);
}

ResultStream::iterator& ResultStream::iterator::operator++() {
  absl::StatusOr<std::optional<Event>> next = stream_->Next();
  if (next.ok() && next->has_value()) {
    event_ = **std::move(next);
  } else {
    stream_ = nullptr;
    event_.reset();
  }
  return *this;
}

}  // namespace rsca::client
