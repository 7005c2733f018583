// One call of a streaming RPC, on an async completion queue, with raw messages.
#ifndef RSCA_SERVER_RPC_STREAM_CALL_H_
#define RSCA_SERVER_RPC_STREAM_CALL_H_

#include <grpcpp/support/async_stream.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/mutex.h"
#include "server/delivery/stream.h"
#include "server/rpc/call_queues.h"
#include "server/rpc/incoming_call.h"
#include "server/rpc/operation.h"

namespace rsca::rpc {

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
  // Told when a call came, before the handler is, and when it is over.
  class Observer {
   public:
    virtual ~Observer() = default;
    virtual void OnAccepted(const std::shared_ptr<StreamCall>& call) = 0;
    virtual void OnOver(const std::shared_ptr<StreamCall>& call) = 0;
  };

  // Acceptor and observer outlive the call.
  StreamCall(Handler handler, Acceptor* acceptor, Observer* observer);

  // Waits for a call.
  void Accept(const Requester& requester);

  // Who calls; see security/principal.h.
  std::string Principal() const { return incoming_.Principal(); }

  // As IncomingCall.
  template <typename Request>
  absl::Status Parse(Request* request) {
    return incoming_.Parse(request);
  }

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
  void OnAccepted(bool ok);
  void OnDone(bool ok);
  void OnWritten(bool ok);
  void OnFinished(bool ok);
  std::shared_ptr<delivery::Stream> stream();

  const Handler handler_;
  Acceptor* const acceptor_;
  Observer* const observer_;
  IncomingCall incoming_;
  grpc::ServerAsyncWriter<grpc::ByteBuffer> writer_{&incoming_.context};
  CallOperation<StreamCall, &StreamCall::OnAccepted> accept_operation_;
  CallOperation<StreamCall, &StreamCall::OnDone> done_operation_;
  CallOperation<StreamCall, &StreamCall::OnWritten> write_operation_;
  CallOperation<StreamCall, &StreamCall::OnFinished> finish_operation_;

  Mutex mutex_;
  bool gone_ ABSL_GUARDED_BY(mutex_) = false;
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
  std::shared_ptr<delivery::Stream> stream_ ABSL_GUARDED_BY(mutex_);  // until finished
};

}  // namespace rsca::rpc

#endif  // RSCA_SERVER_RPC_STREAM_CALL_H_
