// What stands behind a ChannelStream: one RPC.
#ifndef RSCA_CLIENT_CPP_CHANNEL_STATE_H_
#define RSCA_CLIENT_CPP_CHANNEL_STATE_H_

#include <memory>
#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "client/cpp/cancel_state.h"
#include "client/cpp/grpc_stream.h"
#include "rsca/v1/listener_channels.pb.h"

namespace rsca::client::internal {

// For one thread at a time, but for Cancel.
class ChannelState {
 public:
  explicit ChannelState(std::shared_ptr<CancelState> cancel) : cancel_(std::move(cancel)) {}
  virtual ~ChannelState() = default;

  // Waits until the server has accepted.
  absl::Status Open();
  absl::StatusOr<std::optional<v1::ListenerChannelEvent>> Next();
  const v1::ListenerChannel& channel() const { return event_.listener_channel(); }
  void Cancel() { cancel_->Cancel(); }

 protected:
  // The next message of the RPC; false at its good end.
  virtual absl::StatusOr<bool> Read(v1::ListenerChannelEvent* event) = 0;

 private:
  // Reads a message into `event_`; false at the good end.
  absl::StatusOr<bool> ReadEvent();

  const std::shared_ptr<CancelState> cancel_;
  v1::ListenerChannelEvent event_;
  bool taken_ = true;  // `event_` was returned already, or is a sign of life
  bool ended_ = false;
  absl::Status status_;
};

// Response: `StartListenerChannelResponse` or `StopListenerChannelResponse`.
template <typename Response>
class ChannelCall final : public ChannelState {
 public:
  using Stream = GrpcStream<Response>;

  ChannelCall(std::shared_ptr<Connection> connection, const std::shared_ptr<CancelState>& cancel,
              absl::Duration heartbeat_interval, const typename Stream::Start& start)
      : ChannelState(cancel), stream_(std::move(connection), cancel, heartbeat_interval, start) {}

 protected:
  absl::StatusOr<bool> Read(v1::ListenerChannelEvent* event) override {
    Response response;
    absl::StatusOr<bool> read = stream_.Next(&response);
    event->Swap(response.mutable_event());
    return read;
  }

 private:
  Stream stream_;
};

}  // namespace rsca::client::internal

#endif  // RSCA_CLIENT_CPP_CHANNEL_STATE_H_
