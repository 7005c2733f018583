// A fixed load on the road, in one process and on one thread, so that the same work takes the same
// instructions each time: what plug-ins report goes through the worker's conversation and queue, as
// bytes to the server's worker, through the registration and its log into a stream, whose client
// takes each message at once. All of it is the real code; the two sockets are not there.
//
//   rsca-road-load RESULTS [BATCH]
//
// tests/bench/guard.sh counts its instructions under valgrind.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "common/report_frame.h"
#include "server/actions/registration.h"
#include "server/delivery/pump.h"
#include "server/delivery/stream.h"
#include "server/rpc/wire_encoder.h"
#include "server/worker/conversation.h"
#include "server/worker/report_queue.h"
#include "server/workers/worker.h"
#include "tests/support/fake_timers.h"

namespace rsca::bench {
namespace {

constexpr uint64_t kNoLimit = uint64_t{1} << 50;
constexpr size_t kBytes = 64;
// Results that the plug-in reports before the server looks: as in a load that goes as fast as it
// can.
constexpr int kAtOnce = 100;

[[noreturn]] void Fail(const char* why) {
  std::fprintf(stderr, "rsca-road-load: %s\n", why);
  std::exit(1);
}

// A client that takes everything at once.
class Sink final : public delivery::MessageWriter {
 public:
  void StartWrite(const grpc::ByteBuffer& message, bool /*more_follows*/) override {
    bytes_ += message.Length();
    writing_ = true;
  }
  void Finish(const absl::Status& /*status*/) override { Fail("the stream ended"); }
  void CutOff(const absl::Status& /*status*/) override { Fail("the stream was cut off"); }

  bool TakeWrite() { return std::exchange(writing_, false); }
  uint64_t bytes() const { return bytes_; }

 private:
  bool writing_ = false;
  uint64_t bytes_ = 0;
};

// Where the pump would come in.
class Reader final : public journal::ReaderListener {
 public:
  void OnReadable() override { stream->Advance(); }
  std::shared_ptr<delivery::Stream> stream;
};

// A pool of one worker.
class Starter final : public workers::ActionStarter {
 public:
  explicit Starter(std::shared_ptr<workers::Worker> worker) : worker_(std::move(worker)) {}
  absl::StatusOr<std::unique_ptr<workers::ActionHandle>> Start(
      const std::string& /*pool*/, const workers::StartRequest& request,
      std::shared_ptr<workers::ActionListener> listener) override {
    return worker_->Start(request, std::move(listener));
  }

 private:
  const std::shared_ptr<workers::Worker> worker_;
};

class Owner final : public actions::RegistrationOwner {
 public:
  void OnEnded(const actions::Registration& /*registration*/) override {}
  void OnOver(const std::shared_ptr<actions::Registration>& /*registration*/,
              bool /*refused*/) override {}
};

class Road {
 public:
  explicit Road(uint32_t batch) {
    context_.limits.credit_bytes = kNoLimit;
    context_.limits.window_bytes_per_registration = 1 << 20;
    context_.limits.streams_per_registration = 1;
    context_.limits.detach_grace = absl::Hours(1);
    context_.limits.register_timeout = absl::Hours(1);
    context_.limits.unregister_timeout = absl::Hours(1);
    context_.starter = &starter_;
    context_.timers = &timers_;
    context_.budget = &budget_;
    context_.encoder = &encoder_;
    context_.owner = &owner_;
    BecomeReady();
    Register();
    Open(batch);
    conversation_->Join(kChannel, kNoLimit);
  }

  void Run(int64_t results) {
    const std::string response(kBytes, 'x');
    for (int64_t done = 0; done < results; done += kAtOnce) {
      for (int i = 0; i < kAtOnce; ++i) {
        conversation_->Report(S_OK, false, reinterpret_cast<const BYTE*>(response.data()), kBytes);
      }
      Carry();
    }
  }

  uint64_t bytes() const { return sink_->bytes(); }

 private:
  static constexpr uint64_t kChannel = 1;

  void BecomeReady() {
    worker_->OnControlOpened();
    worker_->OnResultsOpened();
    worker::v1::ControlRequest message;
    message.mutable_ready();
    worker_->OnControl(message);
  }

  void Register() {
    workers::Function function;
    function.name = "f";
    actions::RegisterRequest request;
    request.function = "f";
    auto made = actions::Registration::Make(&context_, std::move(request), function);
    if (!made.ok()) Fail("no registration");
    registration_ = *std::move(made);
    registration_->Begin();
    worker::v1::ControlRequest message;
    message.mutable_started()->set_channel(kChannel);
    worker_->OnControl(message);
  }

  void Open(uint32_t batch) {
    delivery::StreamOptions options;
    options.max_results_per_message = batch;
    options.heartbeat_interval = absl::Hours(1);
    options.stall_timeout = absl::Hours(1);
    reader_->stream =
        std::make_shared<delivery::Stream>(options, sink_, &encoder_, &pump_, &timers_);
    auto attachment = registration_->Attach(0, reader_);
    if (!attachment.ok()) Fail("no stream");
    std::vector<delivery::Segment> segments(1);
    segments[0].opening = encoder_.EncodeRegistered(registration_->Info());
    segments[0].reader = std::move(attachment->reader);
    segments[0].lease = std::move(attachment->lease);
    reader_->stream->Start(std::move(segments));
    TakeWrites();
  }

  // What the socket and its two ends do.
  void Carry() {
    if (!queue_->Pop(&sent_)) Fail("nothing was reported");
    absl::string_view bytes = sent_;
    ReportFrame report;
    reports_.clear();
    while (ConsumeReport(kBytes, &bytes, &report) == FrameStatus::kComplete) {
      reports_.push_back(report);
    }
    worker_->OnResults(reports_);
    TakeWrites();
  }

  void TakeWrites() {
    while (sink_->TakeWrite()) reader_->stream->OnWriteDone(true);
  }

  FakeTimers timers_;
  delivery::Pump pump_{&timers_};
  rpc::WireEncoder encoder_;
  journal::WindowBudget budget_{kNoLimit * 2};
  Owner owner_;
  const std::shared_ptr<workers::Worker> worker_ =
      std::make_shared<workers::Worker>("w-1", std::weak_ptr<workers::WorkerOwner>());
  Starter starter_{worker_};
  actions::RegistrationContext context_;
  const std::shared_ptr<worker::ReportQueue> queue_ = std::make_shared<worker::ReportQueue>();
  const std::shared_ptr<worker::Conversation> conversation_ =
      std::make_shared<worker::Conversation>("f", worker::ReportLimits{kBytes, 0, {}}, queue_,
                                             [](uint64_t) {});
  const std::shared_ptr<Sink> sink_ = std::make_shared<Sink>();
  const std::shared_ptr<Reader> reader_ = std::make_shared<Reader>();
  std::shared_ptr<actions::Registration> registration_;
  std::string sent_;
  std::vector<ReportFrame> reports_;
};

int Main(int argc, char** argv) {
  int64_t results = 0;
  uint32_t batch = 1;
  if (argc < 2 || argc > 3 || !absl::SimpleAtoi(argv[1], &results) || results < kAtOnce ||
      (argc == 3 && (!absl::SimpleAtoi(argv[2], &batch) || batch < 1))) {
    std::fprintf(stderr, "Usage: rsca-road-load RESULTS [RESULTS_IN_A_MESSAGE]\n");
    return 2;
  }
  Road road(batch);
  road.Run(results);
  const uint64_t least = static_cast<uint64_t>(results) * kBytes;
  if (road.bytes() < least) Fail("results are missing");
  std::printf("%lld results, %llu bytes\n", static_cast<long long>(results),
              static_cast<unsigned long long>(road.bytes()));
  std::fflush(stdout);
  std::_Exit(0);  // what the parts hold of each other is of no interest here
}

}  // namespace
}  // namespace rsca::bench

int main(int argc, char** argv) { return rsca::bench::Main(argc, argv); }
