#include "server/workers/control_socket.h"

#include <pthread.h>
#include <sys/socket.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/control_frame.h"
#include "common/log.h"
#include "common/worker_protocol.h"

namespace rsca::workers {

ControlSocket::ControlSocket(UniqueFd socket, std::shared_ptr<Worker> worker)
    : worker_(std::move(worker)) {
  const int descriptor = socket.Get();
  {
    MutexLock lock(&mutex_);
    socket_ = std::move(socket);
  }
  worker_->OnControlOpened();
  reader_ = std::thread([this, descriptor] { Serve(descriptor); });
}

ControlSocket::~ControlSocket() {
  {
    MutexLock lock(&mutex_);
    if (socket_) shutdown(socket_.Get(), SHUT_RDWR);
  }
  reader_.join();
}

void ControlSocket::Serve(int socket) {
  pthread_setname_np(pthread_self(), "control");
  ControlReader reader(socket);
  std::thread writer;
  worker::v1::ControlRequest message;
  FrameStatus status = reader.Read(&message);
  if (status == FrameStatus::kComplete && !message.has_hello()) status = FrameStatus::kBroken;
  if (status == FrameStatus::kComplete && Welcome(socket, message.hello())) {
    writer = std::thread([this, socket] { Write(socket); });
    while ((status = reader.Read(&message)) == FrameStatus::kComplete) worker_->OnControl(message);
  }
  if (status == FrameStatus::kBroken) {
    LogError("a worker sent what is no message, and is killed", {{"worker", worker_->name()}});
    worker_->Decide(ExitReason::kLinkLost, "it sent what is no message");
    worker_->Kill();
  }
  // It learns that nobody is there; so does a writer that waits for it.
  shutdown(socket, SHUT_RDWR);
  worker_->OnControlClosed();
  if (writer.joinable()) writer.join();
  worker_ = nullptr;  // with the last reference goes its cgroup
  {
    MutexLock lock(&mutex_);
    socket_ = UniqueFd();
  }
  over_ = true;
}

bool ControlSocket::Welcome(int socket, const worker::v1::Hello& hello) {
  const std::string why = WhyRefused(hello);
  worker::v1::ControlResponse answer;
  if (why.empty()) {
    answer.mutable_welcome();
  } else {
    answer.mutable_refused()->set_reason(why);
  }
  return SendControl(socket, answer) && why.empty();
}

std::string ControlSocket::WhyRefused(const worker::v1::Hello& hello) {
  if (hello.protocol_version() != kWorkerProtocolVersion) {
    std::string why = absl::StrCat("rscad speaks version ", kWorkerProtocolVersion,
                                   " of the worker protocol, rsca-worker ",
                                   hello.protocol_version(), "; install both from one build");
    LogError("a worker is refused", {{"worker", worker_->name()}, {"error", why}});
    worker_->Decide(ExitReason::kLinkLost, why);
    return why;
  }
  if (hello.not_confined().empty()) return "";
  worker_->OnNotConfined(hello.not_confined());
  return "not confined";
}

void ControlSocket::Write(int socket) {
  pthread_setname_np(pthread_self(), "control-writer");
  worker::v1::ControlResponse next;
  while (worker_->control_outbox()->Pop(&next) && SendControl(socket, next)) {
  }
}

}  // namespace rsca::workers
