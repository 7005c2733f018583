#include "server/rpc/stream_call.h"

#include <grpc/grpc.h>

#include <utility>

#include "common/status.h"

namespace rsca::rpc {

StreamCall::StreamCall(Handler handler, Acceptor* acceptor, Observer* observer)
    : IncomingCall(std::move(handler), acceptor), observer_(observer) {}

void StreamCall::OnCame() {
  observer_->OnAccepted(shared_from_this());
  Handle();
}

void StreamCall::Reject(const absl::Status& status) { Finish(status); }

std::shared_ptr<delivery::Stream> StreamCall::MakeStream(const delivery::StreamOptions& options,
                                                         const delivery::HeartbeatEncoder* encoder,
                                                         delivery::Pump* pump, Timers* timers) {
  auto stream =
      std::make_shared<delivery::Stream>(options, shared_from_this(), encoder, pump, timers);
  bool gone = false;
  bool draining = false;
  {
    MutexLock lock(&mutex_);
    stream_ = stream;
    written_ = stream.get();
    gone = gone_;
    draining = draining_;
  }
  if (gone) stream->OnPeerGone();
  if (draining) stream->Drain();
  return stream;
}

void StreamCall::Open(std::vector<delivery::Segment> segments) {
  stream()->Start(std::move(segments));
}

void StreamCall::Drain() {
  std::shared_ptr<delivery::Stream> stream;
  {
    MutexLock lock(&mutex_);
    draining_ = true;
    stream = stream_;
  }
  if (stream != nullptr) stream->Drain();
}

void StreamCall::StartWrite(const grpc::ByteBuffer& message, bool more_follows) {
  grpc::WriteOptions options;
  if (more_follows) options.set_buffer_hint();
  writer()->Write(message, options, write_operation_.Begin(shared_from_this()));
}

void StreamCall::Finish(const absl::Status& status) {
  writer()->Finish(ToGrpcStatus(status), BeginFinish());
}

void StreamCall::CutOff(const absl::Status& status) {
  // The C++ API can only cancel with CANCELLED. This status overtakes what flow control holds back;
  // it carries no details.
  const std::string message(status.message());
  grpc_call_cancel_with_status(context()->c_call(), static_cast<grpc_status_code>(status.code()),
                               message.c_str(), nullptr);
}

void StreamCall::OnDone() {
  std::shared_ptr<delivery::Stream> stream;
  {
    MutexLock lock(&mutex_);
    gone_ = true;
    stream = stream_;
  }
  if (stream != nullptr) stream->OnPeerGone();
}

void StreamCall::OnWritten(bool ok) {
  // Kept: this may begin to finish it, which ends on another thread.
  const std::shared_ptr<delivery::Stream> stream = written_.load()->shared_from_this();
  stream->OnWriteDone(ok);
}

void StreamCall::OnOver() {
  std::shared_ptr<delivery::Stream> stream;
  {
    MutexLock lock(&mutex_);
    stream = std::move(stream_);
  }
  if (stream != nullptr) stream->OnFinished();
  observer_->OnOver(shared_from_this());
}

std::shared_ptr<delivery::Stream> StreamCall::stream() {
  MutexLock lock(&mutex_);
  return stream_;
}

}  // namespace rsca::rpc
