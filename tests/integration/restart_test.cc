// Restartable actions when their worker dies or is replaced, and those beside them.
#include <gtest/gtest.h>
#include <signal.h>

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "rsca/v1/worker_processes.grpc.pb.h"
#include "tests/support/calls.h"
#include "tests/support/errors.h"
#include "tests/support/proc.h"
#include "tests/support/result_stream.h"
#include "tests/support/rscad_process.h"

namespace rsca::support {
namespace {

using testing::HasSubstr;
using v1::Outcome;

constexpr char kEndless[] = R"({"interval_ms": 1})";

// Reads past the next interruption, checking that the plug-in's own numbers have no gap on the way.
v1::Interruption ReadInterruption(ResultStream* stream, uint64_t* count) {
  while (const std::optional<v1::ResultStreamResponse> message = stream->Next()) {
    if (message->has_interruption()) {
      *count = 0;
      return message->interruption();
    }
    for (const v1::Result& result : message->results()) {
      EXPECT_FALSE(result.final()) << result.ShortDebugString();
      // What was the final report of the conversation that moves.
      if (result.response() == absl::StrCat("count=", *count)) continue;
      EXPECT_EQ(result.response(), absl::StrCat(++*count));
    }
  }
  ADD_FAILURE() << "the stream ended: " << Describe(stream->Finish());
  return {};
}

TEST(ARestartableAction, BeginsAgainOnTheNextWorkerEachTimeItsWorkerIsKilled) {
  RscadProcess server(Config().Pool("default", {"counter"}, {{"restart_backoff_min", "10ms"}}));
  ResultStream stream = ResultStream::Register(server.stub(), "restartable_counter", kEndless);
  uint64_t count = stream.ReadResults(10).size();
  for (int round = 0; round < 2; ++round) {
    SendSignal(server.OnlyWorker(), SIGKILL);
    const v1::Interruption interruption = ReadInterruption(&stream, &count);
    EXPECT_THAT(interruption.reason(), HasSubstr("signal 9"));
    EXPECT_TRUE(interruption.has_interrupt_time());
    for (const v1::Result& result : stream.ReadResults(20)) {
      EXPECT_EQ(result.response(), absl::StrCat(++count)) << "from the beginning";
    }
  }
  const v1::Result last = ResultStream::Unregister(server.stub(), stream.name()).ReadFinal();
  EXPECT_EQ(last.outcome().kind(), Outcome::KIND_UNREGISTERED);
  EXPECT_EQ(stream.ReadFinal().sequence(), last.sequence());
}

TEST(ARestartableAction, LeavesOthersOfItsWorkerToTheirEnd) {
  RscadProcess server(Config().Pool("default", {"counter"}, {{"restart_backoff_min", "10ms"}}));
  ResultStream moves = ResultStream::Register(server.stub(), "restartable_counter", kEndless);
  ResultStream ends = ResultStream::Register(server.stub(), "counter", kEndless);
  uint64_t count = moves.ReadResults(5).size();
  ends.ReadResults(5);
  SendSignal(server.OnlyWorker(), SIGKILL);
  EXPECT_EQ(ends.ReadFinal().outcome().kind(), Outcome::KIND_WORKER_CRASHED);
  ReadInterruption(&moves, &count);
  EXPECT_EQ(moves.ReadResults(1).at(0).response(), "1");
}

TEST(ARestartableAction, IsReplayedWithItsInterruptionInPlace) {
  RscadProcess server(Config().Pool("default", {"counter"}, {{"restart_backoff_min", "10ms"}}));
  ResultStream stream = ResultStream::Register(server.stub(), "restartable_counter", kEndless);
  uint64_t count = stream.ReadResults(5).size();
  SendSignal(server.OnlyWorker(), SIGKILL);
  const uint64_t sequence = ReadInterruption(&stream, &count).sequence();
  stream.ReadResults(5);
  v1::AttachCustomActionRequest request;
  request.set_name(stream.name());
  request.set_after_sequence(0);
  request.set_max_results_per_message(1000);
  ResultStream replay = ResultStream::Attach(server.stub(), request);
  uint64_t replayed = 0;
  EXPECT_EQ(ReadInterruption(&replay, &replayed).sequence(), sequence);
  EXPECT_EQ(replay.ReadResults(1).at(0).response(), "1");
}

// Has all workers of the pool replaced.
void Recycle(const RscadProcess& server, const std::string& why) {
  const auto stub = v1::WorkerProcesses::NewStub(server.channel());
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kFailureBound);
  v1::RecycleWorkerPoolRequest request;
  request.set_name("pools/default");
  request.set_reason(why);
  v1::RecycleWorkerPoolResponse response;
  ASSERT_THAT(stub->RecycleWorkerPool(&context, request, &response), IsOk());
}

TEST(AnOverlappedRecycle, MovesARestartableActionToTheNewWorkerAndLosesNothing) {
  RscadProcess server(Config().Pool("default", {"counter"}));
  ResultStream stream = ResultStream::Register(server.stub(), "restartable_counter", kEndless);
  uint64_t count = stream.ReadResults(10).size();
  for (const char* why : {"a new certificate", "the second time"}) {
    const pid_t old = server.WorkerPids().at(0);
    Recycle(server, why);
    const v1::Interruption interruption = ReadInterruption(&stream, &count);
    EXPECT_THAT(interruption.reason(), HasSubstr(why));
    for (const v1::Result& result : stream.ReadResults(20)) {
      EXPECT_EQ(result.response(), absl::StrCat(++count)) << "from the beginning";
    }
    EXPECT_TRUE(Eventually([&] { return server.WorkerPids() != std::vector{old}; }));
    ASSERT_TRUE(Eventually([&] { return server.WorkerPids().size() == 1; }));
  }
  ResultStream::Unregister(server.stub(), stream.name()).ReadFinal();
  EXPECT_EQ(stream.ReadFinal().outcome().kind(), Outcome::KIND_UNREGISTERED);
}

TEST(AnOverlappedRecycle, LetsOthersFinishWhereTheyAre) {
  RscadProcess server(Config().Pool("default", {"counter"}));
  ResultStream stream =
      ResultStream::Register(server.stub(), "counter", R"({"count": 300, "interval_ms": 1})");
  stream.ReadResults(5);
  Recycle(server, "maintenance");
  const std::vector<v1::Result> rest = stream.ReadAll();
  ASSERT_EQ(rest.size(), 296u);
  for (size_t i = 0; i < 295; ++i) ASSERT_EQ(rest[i].response(), absl::StrCat(i + 6));
  EXPECT_EQ(rest.back().outcome().kind(), Outcome::KIND_COMPLETED);
  EXPECT_TRUE(server.WaitForLog("reason=RECYCLED"));
}

TEST(AnOverlappedRecycle, EndsThoseThatDoNotFinishInTimeAndSaysWhy) {
  RscadProcess server(Config().Pool("default", {"counter"}, {{"shutdown_time_limit", "500ms"}}));
  ResultStream stream = ResultStream::Register(server.stub(), "counter", kEndless);
  stream.ReadResults(5);
  Recycle(server, "maintenance");
  uint64_t count = 5;
  v1::Result last;
  while (const std::optional<v1::ResultStreamResponse> message = stream.Next()) {
    for (const v1::Result& result : message->results()) {
      last = result;
      if (result.final()) break;
      EXPECT_EQ(result.response(), absl::StrCat(++count));
    }
  }
  EXPECT_EQ(last.sequence(), count + 1) << "no gap before the end";
  EXPECT_EQ(last.outcome().kind(), Outcome::KIND_WORKER_RECYCLED) << last.ShortDebugString();
  EXPECT_EQ(last.outcome().worker_exit().reason(), v1::WorkerExit::REASON_RECYCLED);
  EXPECT_THAT(last.outcome().message(), HasSubstr("maintenance"));
}

}  // namespace
}  // namespace rsca::support
