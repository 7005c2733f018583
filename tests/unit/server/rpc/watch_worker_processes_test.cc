// WatchWorkerProcesses over a real connection, with pool events that the test makes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "common/status.h"
#include "server/rpc/worker_processes_service.h"
#include "tests/support/eventually.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/server/rpc/rpc_server.h"

namespace rsca::rpc {
namespace {

using Response = v1::WatchWorkerProcessesResponse;

class NoListener final : public workers::PoolListener {
 public:
  void OnPoolHealth(const std::string& /*pool*/, bool /*serving*/) override {}
};

class WatchTest : public testing::Test {
 protected:
  WatchTest() {
    ServiceContext context;
    context.timers = &timers_;
    context.stream_defaults.heartbeat_interval = absl::Minutes(10);
    context.pools = &pools_;
    context.server_start = "this run";
    service_ = std::make_unique<WorkerProcessesService>(context);
    server_ = std::make_unique<RpcServer>([this](grpc::ServerBuilder* builder, CallQueues* queues) {
      service_->AddTo(builder, queues);
    });
    stub_ = v1::WorkerProcesses::NewStub(server_->channel());
  }

  void Happens(int times, const std::string& pool = "default") {
    for (int i = 0; i < times; ++i) {
      actions::PoolEvent event;
      event.kind = actions::PoolEvent::Kind::kWorkerReady;
      event.pool = pool;
      event.worker = pool + "-1";
      pools_.events().Add(event);
    }
  }

  // A watch stream of the test.
  struct Watch {
    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientReader<Response>> reader;

    // The end of the stream is an empty message.
    Response Read() {
      Response message;
      if (!reader->Read(&message)) message.Clear();
      return message;
    }
    // The next so many events' sequences.
    std::vector<uint64_t> Sequences(size_t count) {
      std::vector<uint64_t> sequences;
      while (sequences.size() < count) {
        const Response message = Read();
        if (message.events_size() == 0) break;
        for (const auto& event : message.events()) sequences.push_back(event.sequence());
        EXPECT_EQ(message.last_sequence(), sequences.back());
      }
      return sequences;
    }
    absl::Status Finish() { return FromGrpcStatus(reader->Finish()); }
  };

  std::unique_ptr<Watch> Start(std::optional<uint64_t> after,
                               const std::string& server_start = "") {
    v1::WatchWorkerProcessesRequest request;
    if (after.has_value()) request.set_after_sequence(*after);
    request.set_server_start(server_start);
    return Start(request);
  }
  std::unique_ptr<Watch> Start(const v1::WatchWorkerProcessesRequest& request) {
    auto watch = std::make_unique<Watch>();
    watch->context.set_deadline(std::chrono::system_clock::now() + support::kFailureBound);
    watch->reader = stub_->WatchWorkerProcesses(&watch->context, request);
    return watch;
  }

  const support::TempDir dir_;
  ThreadTimers timers_;
  NoListener listener_;
  actions::WorkerPools pools_{{}, {}, &timers_, &listener_};
  std::unique_ptr<WorkerProcessesService> service_;
  std::unique_ptr<RpcServer> server_;
  std::unique_ptr<v1::WorkerProcesses::Stub> stub_;
};

TEST_F(WatchTest, BeginsWithItsPlaceThenTellsWhatHappens) {
  Happens(3);
  const auto watch = Start(std::nullopt);
  const Response first = watch->Read();
  EXPECT_EQ(first.server_start(), "this run");
  EXPECT_EQ(first.last_sequence(), 3U);
  EXPECT_EQ(first.events_size(), 0);
  Happens(2);
  EXPECT_THAT(watch->Sequences(2), testing::ElementsAre(4, 5));
}

TEST_F(WatchTest, GoesOnAfterASequenceWithoutGapOrDuplicate) {
  Happens(250);
  const auto watch = Start(120);
  EXPECT_EQ(watch->Read().last_sequence(), 120U);
  Happens(50);
  const std::vector<uint64_t> sequences = watch->Sequences(180);
  ASSERT_EQ(sequences.size(), 180U);
  for (size_t i = 0; i < sequences.size(); ++i) EXPECT_EQ(sequences[i], 121 + i);
}

TEST_F(WatchTest, RefusesWhatIsNotKeptAnyMore) {
  Happens(10'005);
  const absl::Status status = Start(4)->Finish();
  EXPECT_EQ(status.code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(ErrorReason(status), "EVENTS_TRUNCATED");
  EXPECT_EQ(ErrorMetadata(status, "oldest_sequence"), "6");
  EXPECT_EQ(Start(5)->Sequences(0).size(), 0U);
  const auto watch = Start(5);
  watch->Read();
  EXPECT_EQ(watch->Sequences(10'000).size(), 10'000U);
}

TEST_F(WatchTest, RefusesSequencesThatDoNotExistAndThoseOfAnotherRun) {
  Happens(3);
  EXPECT_EQ(ErrorReason(Start(4)->Finish()), "SEQUENCE_NOT_REACHED");
  const absl::Status status = Start(2, "an older run")->Finish();
  EXPECT_EQ(status.code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(ErrorReason(status), "SERVER_RESTARTED");
  EXPECT_EQ(ErrorMetadata(status, "server_start"), "this run");
  const auto watch = Start(2, "this run");
  watch->Read();
  EXPECT_THAT(watch->Sequences(1), testing::ElementsAre(3));
}

TEST_F(WatchTest, CutsOffWhoReadsTooSlowlyAndKeepsNothingForThem) {
  const auto watch = Start(0);
  watch->Read();
  // More than flow control lets through unread, so that the stream falls behind the ring.
  const std::string detail(1000, 'x');
  for (int i = 0; i < 40'000; ++i) {
    actions::PoolEvent event;
    event.detail = detail;
    pools_.events().Add(event);
  }
  uint64_t last = 0;
  for (Response message = watch->Read(); message.events_size() > 0; message = watch->Read()) {
    for (const auto& event : message.events()) EXPECT_EQ(event.sequence(), ++last);
  }
  const absl::Status status = watch->Finish();
  EXPECT_EQ(ErrorReason(status), "EVENTS_TRUNCATED") << status;
  EXPECT_LT(last, 40'000U);
}

TEST_F(WatchTest, GivesASignOfLife) {
  v1::WatchWorkerProcessesRequest request;
  request.mutable_heartbeat_interval()->set_seconds(1);
  Happens(2);
  const auto watch = Start(request);
  watch->Read();
  for (int i = 0; i < 2; ++i) {
    const Response heartbeat = watch->Read();
    EXPECT_EQ(heartbeat.events_size(), 0);
    EXPECT_EQ(heartbeat.last_sequence(), 2U);
    EXPECT_EQ(heartbeat.server_start(), "");
  }
}

TEST_F(WatchTest, RefusesABadRequest) {
  v1::WatchWorkerProcessesRequest request;
  request.set_pool("default");
  EXPECT_EQ(ErrorReason(Start(request)->Finish()), "INVALID_REQUEST");
  request.set_pool("pools/nobody");
  EXPECT_EQ(ErrorReason(Start(request)->Finish()), "POOL_NOT_FOUND");
  request.clear_pool();
  request.mutable_heartbeat_interval()->set_nanos(1);
  EXPECT_EQ(ErrorReason(Start(request)->Finish()), "INVALID_REQUEST");
}

TEST_F(WatchTest, EndsWithTheServerAfterWhatWasWaiting) {
  const auto watch = Start(0);
  watch->Read();
  Happens(3);
  service_->streams().Drain();
  EXPECT_EQ(watch->Sequences(3).size(), 3U);
  const absl::Status status = watch->Finish();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ErrorReason(status), "SERVER_DRAINING");
  EXPECT_TRUE(service_->streams().WaitUntilEmpty(absl::Minutes(1)));
  EXPECT_EQ(ErrorReason(Start(0)->Finish()), "SERVER_DRAINING");
}

TEST_F(WatchTest, ForgetsAClientThatLeaves) {
  const auto watch = Start(0);
  watch->Read();
  EXPECT_FALSE(service_->streams().WaitUntilEmpty(absl::ZeroDuration()));
  watch->context.TryCancel();
  EXPECT_EQ(watch->Finish().code(), absl::StatusCode::kCancelled);
  EXPECT_TRUE(service_->streams().WaitUntilEmpty(absl::Minutes(1)));
  Happens(3);
}

TEST_F(WatchTest, SurvivesEventsWhileStreamsComeAndGo) {
  const std::jthread events([this](const std::stop_token& stop) {
    while (!stop.stop_requested()) Happens(10);
  });
  for (int i = 0; i < 100; ++i) {
    const auto watch = Start(std::nullopt);
    watch->Read();
    if (i % 2 == 0) {
      const std::vector<uint64_t> sequences = watch->Sequences(5);
      for (size_t n = 1; n < sequences.size(); ++n) ASSERT_EQ(sequences[n], sequences[n - 1] + 1);
      if (sequences.size() < 5) {  // the events came faster than it could read
        EXPECT_EQ(ErrorReason(watch->Finish()), "EVENTS_TRUNCATED");
        continue;
      }
    }
    watch->context.TryCancel();
    EXPECT_FALSE(watch->Finish().ok());
  }
  EXPECT_TRUE(service_->streams().WaitUntilEmpty(absl::Minutes(1)));
}

}  // namespace
}  // namespace rsca::rpc
