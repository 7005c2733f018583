#include "server/workers/worker_link.h"

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>
#include <openssl/crypto.h>
#include <unistd.h>

#include <chrono>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/log.h"
#include "common/worker_protocol.h"

namespace rsca::workers {
namespace {

const grpc::Status& Refused() {
  static const grpc::Status status(grpc::StatusCode::UNAUTHENTICATED,
                                   "not a worker of this server");
  return status;
}

}  // namespace

absl::StatusOr<std::unique_ptr<WorkerLink>> WorkerLink::Listen(const std::string& socket_path) {
  std::unique_ptr<WorkerLink> link(new WorkerLink(socket_path));
  unlink(socket_path.c_str());
  grpc::ServerBuilder builder;
  builder.AddListeningPort(link->target_, grpc::InsecureServerCredentials());
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.SetMaxReceiveMessageSize(-1);
  builder.RegisterService(link.get());
  link->server_ = builder.BuildAndStart();
  if (link->server_ == nullptr) {
    return absl::UnavailableError(
        absl::StrCat("cannot listen for workers on ", link->target_,
                     "; is the directory writable and the path shorter than 108 bytes?"));
  }
  return link;
}

WorkerLink::WorkerLink(std::string socket_path)
    : socket_path_(std::move(socket_path)), target_(absl::StrCat("unix:", socket_path_)) {}

WorkerLink::~WorkerLink() {
  std::list<std::unique_ptr<ResultsSocket>> results;  // their threads end without the lock
  {
    MutexLock lock(&mutex_);
    results.swap(results_);
  }
  results.clear();
  if (server_ == nullptr) return;
  server_->Shutdown(std::chrono::system_clock::now());
  server_->Wait();
  unlink(socket_path_.c_str());
}

void WorkerLink::Admit(const std::shared_ptr<Worker>& worker) {
  MutexLock lock(&mutex_);
  for (auto entry = workers_.begin(); entry != workers_.end();) {
    entry = entry->second.expired() ? workers_.erase(entry) : std::next(entry);
  }
  workers_[worker->name()] = worker;
}

void WorkerLink::ReadResults(const std::shared_ptr<Worker>& worker, UniqueFd socket,
                             uint64_t max_response_bytes) {
  std::list<std::unique_ptr<ResultsSocket>> over;
  auto results = std::make_unique<ResultsSocket>(std::move(socket), worker, max_response_bytes);
  MutexLock lock(&mutex_);
  for (auto entry = results_.begin(); entry != results_.end();) {
    const auto next = std::next(entry);
    if ((*entry)->over()) over.splice(over.end(), results_, entry);
    entry = next;
  }
  results_.push_back(std::move(results));
}

std::shared_ptr<Worker> WorkerLink::Authenticate(const std::string& name,
                                                 const std::string& secret) {
  std::shared_ptr<Worker> worker;
  {
    MutexLock lock(&mutex_);
    const auto found = workers_.find(name);
    if (found != workers_.end()) worker = found->second.lock();
  }
  if (worker == nullptr || secret.size() != worker->secret().size() ||
      CRYPTO_memcmp(secret.data(), worker->secret().data(), secret.size()) != 0) {
    LogWarning("refused a connection to the workers' socket", {{"worker", name}});
    return nullptr;
  }
  return worker;
}

grpc::Status WorkerLink::Control(
    grpc::ServerContext* /*context*/,
    grpc::ServerReaderWriter<worker::v1::ControlResponse, worker::v1::ControlRequest>* stream) {
  worker::v1::ControlRequest message;
  if (!stream->Read(&message) || !message.has_hello()) return Refused();
  const worker::v1::Hello& hello = message.hello();
  if (hello.protocol_version() != kWorkerProtocolVersion) {
    return grpc::Status(grpc::StatusCode::FAILED_PRECONDITION,
                        absl::StrCat("rscad speaks version ", kWorkerProtocolVersion,
                                     " of the worker protocol, rsca-worker ",
                                     hello.protocol_version(), "; install both from one build"));
  }
  const std::shared_ptr<Worker> worker = Authenticate(hello.worker(), hello.secret());
  if (worker == nullptr) return Refused();
  if (!hello.not_confined().empty()) {
    worker->OnNotConfined(hello.not_confined());
    return grpc::Status(grpc::StatusCode::FAILED_PRECONDITION, "not confined");
  }
  if (!worker->OnControlOpened()) return Refused();
  worker::v1::ControlResponse welcome;
  welcome.mutable_welcome();
  if (stream->Write(welcome)) {
    std::thread writer([&worker, stream] {
      worker::v1::ControlResponse next;
      while (worker->control_outbox()->Pop(&next) && stream->Write(next)) {
      }
    });
    while (stream->Read(&message)) worker->OnControl(message);
    worker->OnControlClosed();
    writer.join();
  } else {
    worker->OnControlClosed();
  }
  return grpc::Status::OK;
}

}  // namespace rsca::workers
