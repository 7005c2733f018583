// etcd: Put, with many on the way at once, and a Watch for each subscriber on a channel of its own.
#include <grpcpp/create_channel.h>
#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "etcd.grpc.pb.h"
#include "tests/bench/peers/peer_server.h"
#include "tests/bench/peers/peers.h"
#include "tests/bench/peers/publisher.h"
#include "tests/bench/peers/sockets.h"
#include "tests/support/temp_dir.h"

namespace rsca::bench {
namespace {

constexpr char kProgram[] = "etcd";
constexpr char kKey[] = "results";
constexpr uint64_t kOnTheWay = 1024;  // results; etcd refuses when it has 5,000 to apply

class EtcdServer {
 public:
  EtcdServer() : port_(FreePort()), peer_port_(FreePort()), process_(Arguments()) {
    process_.WaitUntil([this] { return CanConnectTcp(port_); });
  }

  std::shared_ptr<grpc::Channel> NewChannel() const {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return grpc::CreateCustomChannel(absl::StrCat("127.0.0.1:", port_),
                                     grpc::InsecureChannelCredentials(), arguments);
  }
  pid_t pid() const { return process_.pid(); }

 private:
  std::vector<std::string> Arguments() const {
    const std::string clients = absl::StrCat("http://127.0.0.1:", port_);
    const std::string peers = absl::StrCat("http://127.0.0.1:", peer_port_);
    return {kProgram,
            "--data-dir",
            dir_.File("data"),
            "--listen-client-urls",
            clients,
            "--advertise-client-urls",
            clients,
            "--listen-peer-urls",
            peers,
            "--initial-advertise-peer-urls",
            peers,
            "--initial-cluster",
            "default=" + peers,
            "--log-level",
            "error"};
  }

  const support::TempDir dir_;
  const uint16_t port_;
  const uint16_t peer_port_;
  PeerServer process_;
};

// Something whose completions come from a queue.
class Call {
 public:
  virtual ~Call() = default;
  virtual void Complete(bool ok) = 0;
};

// A completion queue with its thread. Ends when nothing of it is open any more.
class Queue {
 public:
  Queue() : thread_([this] { Run(); }) {}
  ~Queue() {
    queue_.Shutdown();
    thread_.join();
  }
  grpc::CompletionQueue* get() { return &queue_; }

 private:
  void Run() {
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) static_cast<Call*>(tag)->Complete(ok);
  }

  grpc::CompletionQueue queue_;
  std::thread thread_;
};

class Watcher final : public Call {
 public:
  Watcher(const EtcdServer& server, Meter::Lane* lane, Queue* queue)
      : lane_(lane), stub_(etcdserverpb::Watch::NewStub(server.NewChannel())) {
    stream_ = stub_->PrepareAsyncWatch(&context_, queue->get());
    stream_->StartCall(this);  // from here on completions come, on the queue's thread
  }

  // Only then is nothing missed that is put.
  bool is_watching() const { return state_ == State::kWatching; }
  bool has_ended() const { return state_ == State::kEnded; }
  void Cancel() { context_.TryCancel(); }

  void Complete(bool ok) override {
    if (!ok) {
      state_ = State::kEnded;
    } else if (state_ == State::kOpening) {
      state_ = State::kAsking;
      etcdserverpb::WatchRequest request;
      request.mutable_create_request()->set_key(kKey);
      stream_->Write(request, this);
    } else {
      if (state_ != State::kAsking) Take();
      if (state_ == State::kAsking) state_ = State::kAsked;
      stream_->Read(&response_, this);
    }
  }

 private:
  enum class State { kOpening, kAsking, kAsked, kWatching, kEnded };

  void Take() {
    state_ = State::kWatching;
    for (const auto& event : response_.events()) lane_->Count(1, event.kv().value());
  }

  Meter::Lane* const lane_;
  const std::unique_ptr<etcdserverpb::Watch::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<
      grpc::ClientAsyncReaderWriter<etcdserverpb::WatchRequest, etcdserverpb::WatchResponse>>
      stream_;
  std::atomic<State> state_{State::kOpening};
  etcdserverpb::WatchResponse response_;
};

using Watchers = std::vector<std::unique_ptr<Watcher>>;

void WaitForAll(const Watchers& watchers, bool (Watcher::*state)() const) {
  for (const auto& watcher : watchers) {
    if (!support::Eventually([&] { return (watcher.get()->*state)(); })) {
      throw std::runtime_error("etcd: a watch does not begin or end");
    }
  }
}

// One Put; frees itself when it is done.
class Put final : public Call {
 public:
  Put(etcdserverpb::KV::Stub* stub, std::string_view value, std::atomic<bool>* failed, Queue* queue)
      : failed_(failed) {
    etcdserverpb::PutRequest request;
    request.set_key(kKey);
    request.set_value(value.data(), value.size());
    reader_ = stub->AsyncPut(&context_, request, queue->get());
    reader_->Finish(&response_, &status_, this);
  }

  void Complete(bool) override {
    if (!status_.ok()) *failed_ = true;
    delete this;
  }

 private:
  std::atomic<bool>* const failed_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientAsyncResponseReader<etcdserverpb::PutResponse>> reader_;
  etcdserverpb::PutResponse response_;
  grpc::Status status_;
};

nlohmann::json ObservePuts(const Load& load, const EtcdServer& server, Meter* meter) {
  std::atomic<bool> failed{false};
  const auto stub = etcdserverpb::KV::NewStub(server.NewChannel());
  Queue puts;
  Messages value("", load.bytes, "", 1);
  return ObservePublisher(
      load, {.window = kOnTheWay, .chunk = 16}, meter,
      {{"server", server.pid()}, {"client", getpid()}},
      [&] {
        if (failed) throw std::runtime_error("etcd: a Put failed");
      },
      [&](uint64_t results) {
        for (uint64_t i = 0; i < results; ++i)
          new Put(stub.get(), value.Stamped(1), &failed, &puts);
      });
}

}  // namespace

nlohmann::json MeasureEtcdWatch(const Load& load) {
  if (auto skipped = SkippedWithout({kProgram})) return *skipped;
  const EtcdServer server;
  Meter meter(load.rate > 0);
  Meter::Lane* const lane = meter.AddLane();
  Watchers watchers;
  Queue watches;
  for (int i = 0; i < load.subscribers; ++i) {
    watchers.push_back(std::make_unique<Watcher>(server, lane, &watches));
  }
  WaitForAll(watchers, &Watcher::is_watching);
  nlohmann::json json = ObservePuts(load, server, &meter);
  for (const auto& watcher : watchers) watcher->Cancel();
  WaitForAll(watchers, &Watcher::has_ended);
  return json;
}

}  // namespace rsca::bench
