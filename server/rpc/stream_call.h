// One call of a streaming RPC, on an async completion queue, with raw messages.
#ifndef RSCA_SERVER_RPC_STREAM_CALL_H_
#define RSCA_SERVER_RPC_STREAM_CALL_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/async_stream.h>
#include <grpcpp/support/byte_buffer.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/mutex.h"
#include "common/status.h"
#include "server/delivery/stream.h"

namespace rsca::rpc {

// What a completion queue's tag points to. It keeps its call alive until it has completed.
class Operation {
 public:
  virtual ~Operation() = default;
  // On a thread of the completion queue. Must not block.
  virtual void Complete(bool ok) = 0;
};

// Thread-safe after OnAccepted. The call lives as long as one of its operations is under way, or
// its stream.
class StreamCall final : public delivery::MessageWriter,
                         public std::enable_shared_from_this<StreamCall> {
 public:
  // What the call's RPC does with the request. Ends with Reject, or with Open once there is
  // something to stream; may do so later and on any thread.
  using Handler = std::function<void(std::shared_ptr<StreamCall>)>;
  // Asks gRPC for a call of the RPC.
  using Requester = std::function<void(grpc::ServerContext*, grpc::ByteBuffer*,
                                       grpc::ServerAsyncWriter<grpc::ByteBuffer>*, void* tag)>;
  // Told when a call came (so that the next can be asked for), before the handler is, and when it
  // is over.
  class Observer {
   public:
    virtual ~Observer() = default;
    virtual void OnAccepted(const std::shared_ptr<StreamCall>& call) = 0;
    virtual void OnOver(const std::shared_ptr<StreamCall>& call) = 0;
  };

  // The observer outlives the call.
  StreamCall(Handler handler, Observer* observer);

  // Waits for a call.
  void Accept(const Requester& requester);

  // Who calls; see security/principal.h.
  std::string Principal() const;

  // Parses the request. INVALID_ARGUMENT if it is malformed.
  template <typename Request>
  absl::Status Parse(Request* request);

  // Ends the call without a message.
  void Reject(const absl::Status& status);

  // Makes the call's stream, whose readers can then be opened, and begins it.
  std::shared_ptr<delivery::Stream> MakeStream(const delivery::StreamOptions& options,
                                               const delivery::HeartbeatEncoder* encoder,
                                               delivery::Pump* pump, Timers* timers);
  void Open(std::vector<delivery::Segment> segments);

  // The server stops: see delivery::Stream::Drain.
  void Drain();

  void StartWrite(const grpc::ByteBuffer& message, bool more_follows) override;
  void Finish(const absl::Status& status) override;
  void CutOff(const absl::Status& status) override;

 private:
  template <void (StreamCall::*kMethod)(bool)>
  class Pending final : public Operation {
   public:
    // The tag for an operation that now begins.
    void* Begin(std::shared_ptr<StreamCall> call) {
      call_ = std::move(call);
      begun_.store(true, std::memory_order_release);
      return this;
    }
    void Complete(bool ok) override {
      begun_.load(std::memory_order_acquire);
      const std::shared_ptr<StreamCall> call = std::move(call_);
      (call.get()->*kMethod)(ok);
    }

   private:
    std::shared_ptr<StreamCall> call_;
    // gRPC's queue puts Begin before Complete, but ThreadSanitizer cannot see that.
    std::atomic<bool> begun_{false};
  };

  void OnAccepted(bool ok);
  void OnDone(bool ok);
  void OnWritten(bool ok);
  void OnFinished(bool ok);
  std::shared_ptr<delivery::Stream> stream();

  const Handler handler_;
  Observer* const observer_;
  grpc::ServerContext context_;
  grpc::ByteBuffer request_;
  grpc::ServerAsyncWriter<grpc::ByteBuffer> writer_{&context_};
  Pending<&StreamCall::OnAccepted> accept_operation_;
  Pending<&StreamCall::OnDone> done_operation_;
  Pending<&StreamCall::OnWritten> write_operation_;
  Pending<&StreamCall::OnFinished> finish_operation_;

  Mutex mutex_;
  bool gone_ ABSL_GUARDED_BY(mutex_) = false;
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
  std::shared_ptr<delivery::Stream> stream_ ABSL_GUARDED_BY(mutex_);  // until finished
};

template <typename Request>
absl::Status StreamCall::Parse(Request* request) {
  const grpc::Status status = grpc::SerializationTraits<Request>::Deserialize(&request_, request);
  if (status.ok()) return absl::OkStatus();
  return MakeError(
      absl::StatusCode::kInvalidArgument, "INVALID_REQUEST",
      "the request is not a valid protobuf message of its type, or its text is not UTF-8");
}

}  // namespace rsca::rpc

#endif  // RSCA_SERVER_RPC_STREAM_CALL_H_
