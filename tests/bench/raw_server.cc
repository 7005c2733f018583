#include "tests/bench/raw_server.h"

#include <grpcpp/completion_queue.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <grpcpp/support/async_stream.h>
#include <signal.h>
#include <sys/prctl.h>
#include <time.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <mutex>
#include <thread>

#include "absl/synchronization/mutex.h"
#include "bench.grpc.pb.h"
#include "tests/bench/measure.h"
#include "tests/support/temp_dir.h"

namespace rsca::bench {
namespace {

// Of messages that wait already, so many leave together; as in our own streams.
constexpr int kHinted = 63;

class Call {
 public:
  Call(Raw::AsyncService* service, grpc::ServerCompletionQueue* queue)
      : service_(service), queue_(queue) {
    context_.AsyncNotifyWhenDone(nullptr);
    service_->RequestPublish(&context_, &request_, &writer_, queue_, queue_, this);
  }

  void Complete(bool ok) {
    switch (state_) {
      case State::kWaiting:
        if (!ok) return;
        new Call(service_, queue_);
        return Begin();
      case State::kOpening:
        state_ = State::kOpen;
        if (paced()) return StartPacing();
        [[fallthrough]];
      case State::kOpen:
        if (!ok) return Finish();
        if (!paced()) return Write();
        return OnPacedWriteDone();
      case State::kFinished:
        return;  // of a bench that ends with its server: nothing is given back
    }
  }

 private:
  enum class State { kWaiting, kOpening, kOpen, kFinished };

  bool paced() const { return request_.rate() > 0 || request_.burst() > 0; }

  void Begin() {
    state_ = State::kOpening;
    const auto batch = static_cast<int>(std::max(request_.batch(), 1U));
    for (int i = 0; i < batch; ++i) {
      message_.add_results()->mutable_response()->resize(std::max(request_.bytes(), 8U), '.');
    }
    writer_.SendInitialMetadata(this);
  }

  void Fill() {
    for (v1::Result& result : *message_.mutable_results()) {
      result.set_sequence(++sequence_);
      timespec now = {};
      clock_gettime(CLOCK_REALTIME, &now);
      result.mutable_report_time()->set_seconds(now.tv_sec);
      result.mutable_report_time()->set_nanos(static_cast<int32_t>(now.tv_nsec));
      PutStamp(result.mutable_response()->data());
    }
  }

  // As fast as it goes: the next message always waits.
  void Write() {
    Fill();
    grpc::WriteOptions options;
    hinted_ = hinted_ < kHinted ? hinted_ + 1 : 0;
    if (hinted_ > 0) options.set_buffer_hint();
    writer_.Write(message_, options, this);
  }

  void StartPacing() {
    std::thread([this] {
      Ticker ticker(request_.rate());
      while (true) {
        ticker.Wait();
        {
          const std::lock_guard<std::mutex> lock(mutex_);
          due_ += std::max<int>(static_cast<int>(request_.burst()), 1);
          if (std::exchange(writing_, true)) continue;
          Fill();
          --due_;
          writer_.Write(message_, this);
        }
        if (request_.burst() > 0) {
          std::this_thread::sleep_for(std::chrono::milliseconds(request_.pause_ms()));
        }
      }
    }).detach();
  }

  void OnPacedWriteDone() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (due_ == 0) {
      writing_ = false;
      return;
    }
    --due_;
    Fill();
    writer_.Write(message_, this);
  }

  void Finish() {
    state_ = State::kFinished;
    writer_.Finish(grpc::Status::OK, this);
  }

  Raw::AsyncService* const service_;
  grpc::ServerCompletionQueue* const queue_;
  grpc::ServerContext context_;
  PublishRequest request_;
  grpc::ServerAsyncWriter<v1::ResultStreamResponse> writer_{&context_};
  State state_ = State::kWaiting;
  v1::ResultStreamResponse message_;
  uint64_t sequence_ = 0;
  int hinted_ = -1;  // the first message leaves at once

  std::mutex mutex_;
  int due_ = 0;
  bool writing_ = false;
};

std::shared_ptr<grpc::ServerCredentials> Credentials(const std::string& certificate_file,
                                                     const std::string& key_file) {
  if (certificate_file.empty()) return grpc::InsecureServerCredentials();
  grpc::SslServerCredentialsOptions options;
  options.pem_key_cert_pairs.push_back(
      {support::ReadFile(key_file), support::ReadFile(certificate_file)});
  return grpc::SslServerCredentials(options);
}

}  // namespace

int RunRawServer(const std::string& address, const std::string& certificate_file,
                 const std::string& key_file) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  Raw::AsyncService service;
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(address, Credentials(certificate_file, key_file), &port);
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::ServerCompletionQueue> queue = builder.AddCompletionQueue();
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) return 1;
  const bool on_tcp = address.rfind("unix:", 0) != 0;
  std::cout << "serving "
            << (on_tcp ? address.substr(0, address.rfind(':') + 1) + std::to_string(port) : address)
            << std::endl;
  new Call(&service, queue.get());
  void* tag = nullptr;
  bool ok = false;
  while (queue->Next(&tag, &ok)) {
    if (tag != nullptr) static_cast<Call*>(tag)->Complete(ok);
  }
  return 0;
}

}  // namespace rsca::bench
