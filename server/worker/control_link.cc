#include "server/worker/control_link.h"

#include <pthread.h>
#include <sys/socket.h>

#include <utility>

#include "absl/time/clock.h"
#include "common/log.h"

namespace rsca::worker {

ControlLink::ControlLink(UniqueFd socket) : socket_(std::move(socket)), messages_(socket_.Get()) {}

ControlLink::~ControlLink() {
  shutdown(socket_.Get(), SHUT_RDWR);
  if (reader_.joinable()) reader_.join();
}

absl::Status ControlLink::Open(const v1::Hello& hello) {
  v1::ControlRequest request;
  *request.mutable_hello() = hello;
  SendControl(socket_.Get(), request);  // the answer tells
  v1::ControlResponse response;
  if (messages_.Read(&response) != FrameStatus::kComplete) {
    return absl::UnavailableError("the server ended the handshake");
  }
  if (response.has_welcome()) return absl::OkStatus();
  return absl::FailedPreconditionError(response.has_refused()
                                           ? response.refused().reason()
                                           : "the server's answer is neither Welcome nor Refused");
}

void ControlLink::Listen(std::function<void(const v1::ControlResponse&)> handle,
                         std::function<void()> ended) {
  reader_ = std::thread([this, handle = std::move(handle), ended = std::move(ended)] {
    pthread_setname_np(pthread_self(), "control");
    v1::ControlResponse response;
    FrameStatus status;
    while ((status = messages_.Read(&response)) == FrameStatus::kComplete) handle(response);
    if (status == FrameStatus::kBroken) LogError("the server sent what is no message");
    ended();
    MutexLock lock(&mutex_);
    ended_ = true;
    changed_.NotifyAll();
  });
}

void ControlLink::Send(const v1::ControlRequest& request) {
  MutexLock lock(&write_mutex_);
  if (!closed_) SendControl(socket_.Get(), request);
}

void ControlLink::Close(absl::Duration patience) {
  {
    MutexLock lock(&write_mutex_);
    closed_ = true;
    shutdown(socket_.Get(), SHUT_WR);
  }
  const absl::Time deadline = absl::Now() + patience;
  MutexLock lock(&mutex_);
  while (!ended_ && absl::Now() < deadline) changed_.WaitFor(&mutex_, deadline - absl::Now());
}

}  // namespace rsca::worker
