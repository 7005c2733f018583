#include "rsca/client/channel_stream.h"

#include <utility>

#include "client/cpp/channel_state.h"

namespace rsca::client {
namespace internal {

absl::Status ChannelState::Open() {
  const absl::StatusOr<bool> read = ReadEvent();
  return read.status();
}

absl::StatusOr<std::optional<v1::ListenerChannelEvent>> ChannelState::Next() {
  while (taken_) {
    if (!status_.ok()) return status_;
    const absl::StatusOr<bool> read = ReadEvent();
    if (!read.ok()) return read.status();
    if (!*read) return std::nullopt;
  }
  taken_ = true;
  return event_;
}

absl::StatusOr<bool> ChannelState::ReadEvent() {
  if (ended_) return false;
  v1::ListenerChannelEvent event;
  absl::StatusOr<bool> read = Read(&event);
  if (read.ok() && *read) {
    taken_ = event.kind() == v1::ListenerChannelEvent::KIND_UNSPECIFIED;
    event_.Swap(&event);
    return true;
  }
  status_ = cancel_->cancelled() ? absl::CancelledError("the stream was cancelled by its client")
                                 : read.status();
  ended_ = true;
  if (!status_.ok()) return status_;
  return false;
}

}  // namespace internal

ChannelStream::ChannelStream(std::unique_ptr<internal::ChannelState> state)
    : state_(std::move(state)) {}
ChannelStream::ChannelStream(ChannelStream&&) noexcept = default;
ChannelStream& ChannelStream::operator=(ChannelStream&&) noexcept = default;
ChannelStream::~ChannelStream() = default;

absl::StatusOr<std::optional<v1::ListenerChannelEvent>> ChannelStream::Next() {
  return state_->Next();
}

const v1::ListenerChannel& ChannelStream::channel() const { return state_->channel(); }

void ChannelStream::Cancel() { state_->Cancel(); }

}  // namespace rsca::client
