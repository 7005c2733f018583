#include "server/worker/control_link.h"

#include <pthread.h>

#include <utility>

#include "absl/time/clock.h"
#include "common/status.h"

namespace rsca::worker {

ControlLink::ControlLink(v1::WorkerLink::StubInterface* stub) : stub_(stub) {}

ControlLink::~ControlLink() {
  context_.TryCancel();
  if (reader_.joinable()) reader_.join();
  if (stream_ != nullptr) stream_->Finish();
}

absl::Status ControlLink::Open(const v1::Hello& hello) {
  stream_ = stub_->Control(&context_);
  v1::ControlRequest request;
  *request.mutable_hello() = hello;
  v1::ControlResponse response;
  if (stream_->Write(request) && stream_->Read(&response)) {
    if (response.has_welcome()) return absl::OkStatus();
    context_.TryCancel();  // else the server has said why it ended the stream
  }
  const grpc::Status status = std::exchange(stream_, nullptr)->Finish();
  return status.ok() ? absl::UnavailableError("the server ended the handshake")
                     : FromGrpcStatus(status);
}

void ControlLink::Listen(std::function<void(const v1::ControlResponse&)> handle,
                         std::function<void()> ended) {
  reader_ = std::thread([this, handle = std::move(handle), ended = std::move(ended)] {
    pthread_setname_np(pthread_self(), "control");
    v1::ControlResponse response;
    while (stream_->Read(&response)) handle(response);
    ended();
    MutexLock lock(&mutex_);
    ended_ = true;
    changed_.NotifyAll();
  });
}

void ControlLink::Send(const v1::ControlRequest& request) {
  MutexLock lock(&write_mutex_);
  if (!closed_) stream_->Write(request);
}

void ControlLink::Close(absl::Duration patience) {
  {
    MutexLock lock(&write_mutex_);
    closed_ = true;
    stream_->WritesDone();
  }
  const absl::Time deadline = absl::Now() + patience;
  MutexLock lock(&mutex_);
  while (!ended_ && absl::Now() < deadline) changed_.WaitFor(&mutex_, deadline - absl::Now());
}

}  // namespace rsca::worker
