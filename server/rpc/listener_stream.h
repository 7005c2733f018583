// The stream of what a listener channel reports, as both streaming RPCs of it need it.
#ifndef RSCA_SERVER_RPC_LISTENER_STREAM_H_
#define RSCA_SERVER_RPC_LISTENER_STREAM_H_

#include <functional>
#include <memory>
#include <utility>

#include "rsca/v1/listener_channels.pb.h"
#include "server/rpc/convert_listeners.h"
#include "server/rpc/message_stream.h"
#include "server/rpc/watched_listener.h"

namespace rsca::rpc {

// What a reader of a listener channel has seen, and what comes next.
class ListenerReports {
 public:
  // `already`: what was reported before, and is not told.
  ListenerReports(std::shared_ptr<WatchedListener> listener, std::function<void()> wake,
                  const WatchedListener::View& already)
      : listener_(std::move(listener)),
        wake_(std::move(wake)),
        starts_(already.starts),
        messages_(already.info.messages) {}
  ~ListenerReports() { listener_->Forget(this); }

  // As MessageSource::Take.
  template <typename Next>
  absl::StatusOr<Next> Take(v1::ListenerChannelEvent* event) {
    if (stopped_) return Next::kEnd;
    const WatchedListener::View view = listener_->NowAndThen(this, wake_);
    if (view.refusal.has_value()) return *view.refusal;
    *event->mutable_listener_channel() = ToProto(view.info);
    if (view.starts > starts_) {
      starts_ = view.starts;
      event->set_kind(v1::ListenerChannelEvent::KIND_STARTED);
    } else if (view.info.messages > messages_) {
      event->set_messages_received(static_cast<int64_t>(view.info.messages - messages_));
      messages_ = view.info.messages;
      event->set_kind(v1::ListenerChannelEvent::KIND_MESSAGES_RECEIVED);
    } else if (view.ended()) {
      stopped_ = true;
      event->set_kind(v1::ListenerChannelEvent::KIND_STOPPED);
    } else {
      event->Clear();
      return Next::kNothingYet;
    }
    return Next::kMessage;
  }

  void FillHeartbeat(v1::ListenerChannelEvent* event) const {
    *event->mutable_listener_channel() = ToProto(listener_->Now().info);
  }

 private:
  const std::shared_ptr<WatchedListener> listener_;
  const std::function<void()> wake_;
  int starts_;
  uint64_t messages_;
  bool stopped_ = false;
};

// Response: `StartListenerChannelResponse` or `StopListenerChannelResponse`.
template <typename Response>
class ListenerSource final : public MessageSource<Response> {
 public:
  using Next = typename MessageSource<Response>::Next;

  ListenerSource(std::shared_ptr<WatchedListener> listener, std::function<void()> wake,
                 const WatchedListener::View& already)
      : reports_(std::move(listener), std::move(wake), already) {}

  absl::StatusOr<Next> Take(Response* message) override {
    return reports_.template Take<Next>(message->mutable_event());
  }
  void FillHeartbeat(Response* message) override {
    reports_.FillHeartbeat(message->mutable_event());
  }

 private:
  ListenerReports reports_;
};

}  // namespace rsca::rpc

#endif  // RSCA_SERVER_RPC_LISTENER_STREAM_H_
