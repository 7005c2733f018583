// One call of a server-streaming RPC with few messages, on an async completion queue.
#ifndef RSCA_SERVER_RPC_MESSAGE_STREAM_H_
#define RSCA_SERVER_RPC_MESSAGE_STREAM_H_

#include <grpcpp/support/async_stream.h>

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "common/mutex.h"
#include "common/status.h"
#include "common/timers.h"
#include "server/rpc/call_queues.h"
#include "server/rpc/incoming_call.h"
#include "server/rpc/operation.h"
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
// Thread-safe. It ends soon after its client has gone.
template <typename Message>
class MessageStream final
    : public OpenStream,
      public IncomingCall<MessageStream<Message>, grpc::ServerAsyncWriter<grpc::ByteBuffer>> {
 public:
  using Base = IncomingCall<MessageStream, grpc::ServerAsyncWriter<grpc::ByteBuffer>>;
  using Source = MessageSource<Message>;
  // `wake` may be called on any thread, at any time and by a source that is gone, but not inside a
  // call of the source.
  using MakeSource =
      std::function<absl::StatusOr<std::unique_ptr<Source>>(std::function<void()> wake)>;

  // The handler ends with Open or Refuse.
  MessageStream(typename Base::Handler handler, Acceptor* acceptor)
      : Base(std::move(handler), acceptor) {}

  // Streams what the source has. The stream set and the timers outlive the stream.
  void Open(StreamSet* streams, Timers* timers, absl::Duration heartbeat_interval,
            const MakeSource& make_source) {
    {
      MutexLock lock(&mutex_);
      streams_ = streams;
      timers_ = timers;
      heartbeat_interval_ = heartbeat_interval;
    }
    absl::Status status = streams->Add(this->shared_from_this());
    std::unique_ptr<Source> source;
    if (status.ok()) {
      auto made = make_source([weak = this->weak_from_this()] {
        if (const auto woken = weak.lock()) woken->Wake();
      });
      status = made.status();
      if (made.ok()) source = *std::move(made);
    }
    Begin(std::move(source), status);
  }

  // Ends the call without a message.
  void Refuse(const absl::Status& status) { Begin(nullptr, status); }

  void End(const absl::Status& status) override {
    MutexLock lock(&mutex_);
    if (!end_.has_value()) end_ = status;
    Advance();
  }

 private:
  void OnWritten(bool ok) {
    MutexLock lock(&mutex_);
    writing_ = false;
    heartbeat_due_ = false;
    gone_ = gone_ || !ok;
    ArmHeartbeat();
    Advance();
  }

  void OnDone() override {
    MutexLock lock(&mutex_);
    gone_ = true;
    Advance();
  }

  void OnOver() override {
    std::unique_ptr<Source> source;
    StreamSet* streams = nullptr;
    {
      MutexLock lock(&mutex_);
      source = std::move(source_);
      streams = streams_;
      if (timers_ != nullptr) timers_->Cancel(heartbeat_timer_);
    }
    source.reset();
    if (streams != nullptr) streams->Remove(this);
  }

  void Begin(std::unique_ptr<Source> source, const absl::Status& status) {
    MutexLock lock(&mutex_);
    begun_ = true;
    source_ = std::move(source);
    if (!status.ok()) end_ = status;
    ArmHeartbeat();
    Advance();
  }

  void Wake() {
    MutexLock lock(&mutex_);
    Advance();
  }

  // Starts what is to be done next: a write or the end. Starting calls nothing back: completions
  // come on threads of the queues.
  void Advance() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    // Not begun or over, or the next completion brings it on.
    if (!begun_ || writing_ || finished_) return;
    if (gone_) return Finish(absl::CancelledError("the client has gone"));
    if (source_ == nullptr) return Finish(*end_);
    Message message;
    const absl::StatusOr<typename Source::Next> next = source_->Take(&message);
    if (!next.ok()) return Finish(next.status());
    if (*next == Source::Next::kEnd) return Finish(absl::OkStatus());
    if (*next == Source::Next::kNothingYet) {
      if (end_.has_value()) return Finish(*end_);
      if (!heartbeat_due_) return;
      source_->FillHeartbeat(&message);
    }
    Write(message);
  }

  void Write(const Message& message) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    grpc::ByteBuffer bytes;
    bool own = false;
    const grpc::Status status =
        grpc::SerializationTraits<Message>::Serialize(message, &bytes, &own);
    if (!status.ok()) return Finish(FromGrpcStatus(status));
    writing_ = true;
    this->writer()->Write(bytes, write_operation_.Begin(this->shared_from_this()));
  }

  void Finish(const absl::Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    finished_ = true;
    this->writer()->Finish(ToGrpcStatus(status), this->BeginFinish());
  }

  void ArmHeartbeat() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (heartbeat_interval_ == absl::InfiniteDuration()) return;
    timers_->Cancel(heartbeat_timer_);
    if (finished_) return;
    heartbeat_timer_ = timers_->After(heartbeat_interval_, [weak = this->weak_from_this()] {
      const auto stream = weak.lock();
      if (stream == nullptr) return;
      MutexLock lock(&stream->mutex_);
      stream->heartbeat_due_ = true;
      stream->Advance();
    });
  }

  CallOperation<MessageStream, &MessageStream::OnWritten> write_operation_;

  Mutex mutex_;
  StreamSet* streams_ ABSL_GUARDED_BY(mutex_) = nullptr;  // none: it was refused
  Timers* timers_ ABSL_GUARDED_BY(mutex_) = nullptr;
  absl::Duration heartbeat_interval_ ABSL_GUARDED_BY(mutex_) = absl::InfiniteDuration();
  std::unique_ptr<Source> source_ ABSL_GUARDED_BY(mutex_);  // none: `end_` is set
  std::optional<absl::Status> end_ ABSL_GUARDED_BY(mutex_);
  bool begun_ ABSL_GUARDED_BY(mutex_) = false;
  bool gone_ ABSL_GUARDED_BY(mutex_) = false;  // the client cannot be written to any more
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  bool heartbeat_due_ ABSL_GUARDED_BY(mutex_) = false;
  Timers::Id heartbeat_timer_ ABSL_GUARDED_BY(mutex_) = 0;
};

// Serves a streaming RPC: `ask` is the method of the raw service with which a call of it is asked
// for, `handle` that of the RPC's class which opens or refuses the stream. The class outlives the
// queues.
template <typename Service, typename Ask, typename Rpc, typename Request, typename Message>
void ServeMessages(CallQueues* queues, Service* service, Ask ask, const Rpc& rpc,
                   void (Rpc::*handle)(const Request&,
                                       const std::shared_ptr<MessageStream<Message>>&) const) {
  using Stream = MessageStream<Message>;
  const auto handler = [&rpc, handle](const std::shared_ptr<Stream>& stream) {
    Request request;
    if (absl::Status status = stream->Parse(&request); !status.ok()) return stream->Refuse(status);
    (rpc.*handle)(request, stream);
  };
  queues->Serve([=](Acceptor* acceptor, grpc::ServerCompletionQueue* queue) {
    std::make_shared<Stream>(handler, acceptor)
        ->Accept([=](grpc::ServerContext* context, grpc::ByteBuffer* request,
                     typename Stream::Writer* writer,
                     void* tag) { (service->*ask)(context, request, writer, queue, queue, tag); });
  });
}

}  // namespace rsca::rpc

#endif  // RSCA_SERVER_RPC_MESSAGE_STREAM_H_
