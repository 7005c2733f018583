// What a listener channel reports, one event after the other.
//
//   absl::StatusOr<rsca::client::ChannelStream> stream = client->StartChannel(options);
//   while (stream.ok()) {
//     absl::StatusOr<std::optional<rsca::v1::ListenerChannelEvent>> event = stream->Next();
//     if (!event.ok() || !event->has_value()) break;
//     …
//   }
#ifndef RSCA_CLIENT_CHANNEL_STREAM_H_
#define RSCA_CLIENT_CHANNEL_STREAM_H_

#include <memory>
#include <optional>

#include "absl/status/statusor.h"
#include "rsca/v1/listener_channel.pb.h"

namespace rsca {
namespace client {

namespace internal {
class ChannelState;
}  // namespace internal

// Made by `Client::StartChannel` and `Client::StopChannel`. Does not join again: a lost connection
// ends it with UNAVAILABLE, and `Client::GetListenerChannel` tells what became of the listener
// channel, which goes on.
//
// Thread-safety and ownership: as ResultStream. Destruction leaves the stream; the listener channel
// goes on.
class ChannelStream {
 public:
  // Made by Client.
  explicit ChannelStream(std::unique_ptr<internal::ChannelState> state);
  ChannelStream(ChannelStream&&) noexcept;
  ChannelStream& operator=(ChannelStream&&) noexcept;
  ~ChannelStream();

  // Blocks for the next event. Nothing after KIND_STOPPED: the good end. An error is the end as
  // well, and comes again with every further call.
  absl::StatusOr<std::optional<v1::ListenerChannelEvent>> Next();

  // As the last message of the server told it, signs of life included.
  const v1::ListenerChannel& channel() const;

  // Leaves the stream: `Next` returns CANCELLED.
  void Cancel();

 private:
  std::unique_ptr<internal::ChannelState> state_;
};

}  // namespace client
}  // namespace rsca

#endif  // RSCA_CLIENT_CHANNEL_STREAM_H_
