// One call of a streaming RPC, on an async completion queue, with raw messages.
#ifndef RSCA_SERVER_RPC_STREAM_CALL_H_
#define RSCA_SERVER_RPC_STREAM_CALL_H_

#include <grpcpp/support/async_stream.h>

#include <atomic>
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

// Thread-safe once a call has come. It lives as long as its stream, too.
class StreamCall final
    : public delivery::MessageWriter,
      public IncomingCall<StreamCall, grpc::ServerAsyncWriter<grpc::ByteBuffer>> {
 public:
  // Told when a call came, before the handler is, and when it is over.
  class Observer {
   public:
    virtual ~Observer() = default;
    virtual void OnAccepted(const std::shared_ptr<StreamCall>& call) = 0;
    virtual void OnOver(const std::shared_ptr<StreamCall>& call) = 0;
  };

  // The observer outlives the call. The handler ends with Reject, or with Open once there is
  // something to stream, or has one of them called.
  StreamCall(Handler handler, Acceptor* acceptor, Observer* observer);

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
  void OnCame() override;
  void OnDone() override;
  void OnOver() override;
  void OnWritten(bool ok);
  std::shared_ptr<delivery::Stream> stream();

  Observer* const observer_;
  CallOperation<StreamCall, &StreamCall::OnWritten> write_operation_;

  Mutex mutex_;
  bool gone_ ABSL_GUARDED_BY(mutex_) = false;
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
  std::shared_ptr<delivery::Stream> stream_ ABSL_GUARDED_BY(mutex_);  // until finished
  // The same, for OnWritten, without the lock: it is not finished while a write is in flight.
  std::atomic<delivery::Stream*> written_{nullptr};
};

}  // namespace rsca::rpc

#endif  // RSCA_SERVER_RPC_STREAM_CALL_H_
