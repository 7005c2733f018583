// A server-streaming RPC with few messages, on gRPC's callback API.
#ifndef RSCA_SERVER_RPC_MESSAGE_STREAM_H_
#define RSCA_SERVER_RPC_MESSAGE_STREAM_H_

#include <grpcpp/support/server_callback.h>

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "common/mutex.h"
#include "common/status.h"
#include "common/timers.h"
#include "server/rpc/stream_set.h"

namespace rsca::rpc {

// Where the messages of one stream come from. Used by one thread at a time, under a lock of the
// stream.
template <typename Message>
class MessageSource {
 public:
  enum class Next { kMessage, kNothingYet, kEnd };

  virtual ~MessageSource() = default;

  // Fills the next message, if there is one. After kNothingYet the stream is woken when there is
  // one, or the end. An error ends the stream.
  virtual absl::StatusOr<Next> Take(Message* message) = 0;

  // Fills the sign of life of an idle stream.
  virtual void FillHeartbeat(Message* message) = 0;
};

// Pulls one message after the other, each when gRPC has taken the one before: a client that does
// not read holds one message and its source's place, nothing else.
//
// Thread-safe. Owns itself until gRPC is done with it.
template <typename Message>
class MessageStream final : public grpc::ServerWriteReactor<Message>,
                            public OpenStream,
                            public std::enable_shared_from_this<MessageStream<Message>> {
 public:
  using Source = MessageSource<Message>;
  // `wake` may be called on any thread, at any time and by a source that is gone, but not inside a
  // call of the source.
  using MakeSource =
      std::function<absl::StatusOr<std::unique_ptr<Source>>(std::function<void()> wake)>;

  // What the service's method returns. The stream set and the timers outlive the stream.
  static grpc::ServerWriteReactor<Message>* Open(StreamSet* streams, Timers* timers,
                                                 absl::Duration heartbeat_interval,
                                                 const MakeSource& make_source) {
    std::shared_ptr<MessageStream> stream(new MessageStream(streams, timers, heartbeat_interval));
    absl::Status status = streams->Add(stream);
    std::unique_ptr<Source> source;
    if (status.ok()) {
      auto made = make_source([weak = stream->weak_from_this()] {
        if (const auto woken = weak.lock()) woken->Wake();
      });
      status = made.status();
      if (made.ok()) source = *std::move(made);
    }
    stream->Begin(stream, std::move(source), status);
    return stream.get();
  }

  // For a request that is refused.
  static grpc::ServerWriteReactor<Message>* Refuse(StreamSet* streams, Timers* timers,
                                                   const absl::Status& status) {
    return Open(streams, timers, absl::InfiniteDuration(),
                [&status](const auto&) { return absl::StatusOr<std::unique_ptr<Source>>(status); });
  }

  void End(const absl::Status& status) override {
    MutexLock lock(&mutex_);
    if (!end_.has_value()) end_ = status;
    Advance();
  }

  void OnWriteDone(bool ok) override {
    MutexLock lock(&mutex_);
    writing_ = false;
    heartbeat_due_ = false;
    gone_ = gone_ || !ok;
    ArmHeartbeat();
    Advance();
  }

  void OnCancel() override {
    MutexLock lock(&mutex_);
    gone_ = true;
    Advance();
  }

  void OnDone() override {
    std::shared_ptr<MessageStream> self;
    std::unique_ptr<Source> source;
    {
      MutexLock lock(&mutex_);
      self = std::move(self_);
      source = std::move(source_);
      timers_->Cancel(heartbeat_timer_);
    }
    source.reset();
    streams_->Remove(this);
  }

 private:
  MessageStream(StreamSet* streams, Timers* timers, absl::Duration heartbeat_interval)
      : streams_(streams), timers_(timers), heartbeat_interval_(heartbeat_interval) {}

  void Begin(std::shared_ptr<MessageStream> self, std::unique_ptr<Source> source,
             const absl::Status& status) {
    MutexLock lock(&mutex_);
    self_ = std::move(self);
    source_ = std::move(source);
    if (!status.ok()) end_ = status;
    ArmHeartbeat();
    Advance();
  }

  void Wake() {
    MutexLock lock(&mutex_);
    Advance();
  }

  // Starts what is to be done next: a write or the end. Starting calls nothing back.
  void Advance() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    // Not begun or over, or the next completion brings it on.
    if (self_ == nullptr || writing_ || finished_) return;
    if (gone_) return Finish(absl::CancelledError("the client has gone"));
    if (source_ == nullptr) return Finish(*end_);
    message_.Clear();
    const absl::StatusOr<typename Source::Next> next = source_->Take(&message_);
    if (!next.ok()) return Finish(next.status());
    if (*next == Source::Next::kEnd) return Finish(absl::OkStatus());
    if (*next == Source::Next::kNothingYet) {
      if (end_.has_value()) return Finish(*end_);
      if (!heartbeat_due_) return;
      source_->FillHeartbeat(&message_);
    }
    writing_ = true;
    this->StartWrite(&message_);
  }

  void Finish(const absl::Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    finished_ = true;
    grpc::ServerWriteReactor<Message>::Finish(ToGrpcStatus(status));
  }

  void ArmHeartbeat() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    timers_->Cancel(heartbeat_timer_);
    if (finished_ || heartbeat_interval_ == absl::InfiniteDuration()) return;
    heartbeat_timer_ = timers_->After(heartbeat_interval_, [weak = this->weak_from_this()] {
      const auto stream = weak.lock();
      if (stream == nullptr) return;
      MutexLock lock(&stream->mutex_);
      stream->heartbeat_due_ = true;
      stream->Advance();
    });
  }

  StreamSet* const streams_;
  Timers* const timers_;
  const absl::Duration heartbeat_interval_;

  Mutex mutex_;
  std::shared_ptr<MessageStream> self_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<Source> source_ ABSL_GUARDED_BY(mutex_);  // none: `end_` is set
  std::optional<absl::Status> end_ ABSL_GUARDED_BY(mutex_);
  bool gone_ ABSL_GUARDED_BY(mutex_) = false;  // the client cannot be written to any more
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  bool heartbeat_due_ ABSL_GUARDED_BY(mutex_) = false;
  Timers::Id heartbeat_timer_ ABSL_GUARDED_BY(mutex_) = 0;
  Message message_;  // gRPC's while writing_
};

}  // namespace rsca::rpc

#endif  // RSCA_SERVER_RPC_MESSAGE_STREAM_H_
