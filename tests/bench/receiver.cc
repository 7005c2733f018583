#include "tests/bench/receiver.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include <utility>

#include "tests/support/temp_dir.h"

namespace rsca::bench {

class Receiver::Stream {
 public:
  Stream(Receiver* receiver, std::function<void(const std::string&)> on_registered)
      : receiver_(receiver), on_registered_(std::move(on_registered)) {}

  void Open(const Begin& begin) {
    reader_ = begin(&context_, &receiver_->queue_);
    reader_->StartCall(this);
  }
  void Cancel() { context_.TryCancel(); }

  void Complete(bool ok) {
    switch (state_) {
      case State::kOpening:
        state_ = State::kReading;
        break;
      case State::kReading:
        if (ok) Take();
        break;
      case State::kFinishing:
        return receiver_->OnFinished(status_);
    }
    if (ok) return reader_->Read(&message_, this);
    state_ = State::kFinishing;
    reader_->Finish(&status_, this);
  }

 private:
  enum class State { kOpening, kReading, kFinishing };

  void Take() {
    if (const int results = message_.results_size(); results > 0) {
      receiver_->lane_->Count(static_cast<uint64_t>(results),
                              message_.results(results - 1).response());
    } else if (message_.has_registered() && on_registered_) {
      on_registered_(message_.registered().name());
    }
  }

  Receiver* const receiver_;
  const std::function<void(const std::string&)> on_registered_;
  grpc::ClientContext context_;
  std::unique_ptr<Reader> reader_;
  State state_ = State::kOpening;
  v1::ResultStreamResponse message_;
  grpc::Status status_;
};

Receiver::Receiver(Meter* meter) : lane_(meter->AddLane()), thread_([this] { Run(); }) {}

Receiver::~Receiver() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
    for (const auto& stream : streams_) stream->Cancel();
  }
  // Finish comes for each of them; the queue gives what it has before it ends.
  while (open_.load() > 0) std::this_thread::yield();
  queue_.Shutdown();
  thread_.join();
}

void Receiver::Open(const Begin& begin, std::function<void(const std::string&)> on_registered) {
  Stream* stream = nullptr;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    streams_.push_back(std::make_unique<Stream>(this, std::move(on_registered)));
    stream = streams_.back().get();
  }
  ++open_;
  stream->Open(begin);
}

void Receiver::OnFinished(const grpc::Status& status) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!stopping_ && failure_.empty()) failure_ = "a stream ended: " + status.error_message();
  }
  --open_;
}

std::string Receiver::failure() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return failure_;
}

void Receiver::Run() {
  void* tag = nullptr;
  bool ok = false;
  while (queue_.Next(&tag, &ok)) static_cast<Stream*>(tag)->Complete(ok);
}

std::shared_ptr<grpc::Channel> NewChannel(const std::string& target, const std::string& ca_file) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetMaxReceiveMessageSize(-1);
  std::shared_ptr<grpc::ChannelCredentials> credentials = grpc::InsecureChannelCredentials();
  if (!ca_file.empty()) {
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = support::ReadFile(ca_file);
    credentials = grpc::SslCredentials(options);
  }
  return grpc::CreateCustomChannel(target, credentials, arguments);
}

}  // namespace rsca::bench
