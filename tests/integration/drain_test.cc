// SIGTERM: health first, then no new registrations, streams end with UNAVAILABLE and the place to
// join at, exit status 0 within the configured time. A second signal hurries.
#include <grpcpp/client_context.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "tests/support/calls.h"
#include "tests/support/errors.h"
#include "tests/support/proc.h"
#include "tests/support/result_stream.h"
#include "tests/support/rscad_process.h"

namespace rsca::support {
namespace {

using grpc::health::v1::HealthCheckResponse;
using testing::AnyOf;
using testing::Eq;

const ExitStatus kSuccess;

TEST(Drain, OfAnIdleServerEndsItWithSuccess) {
  for (const int signal : {SIGTERM, SIGINT}) {
    RscadProcess server(Config().Pool("default", {"counter"}));
    server.Signal(signal);
    EXPECT_EQ(server.Wait(), kSuccess);
  }
}

TEST(Drain, EndsStreamsWithUnavailableAndTheSequenceToJoinAt) {
  RscadProcess server(Config().Pool("default", {"never_final"}));
  ResultStream stream = ResultStream::Register(server.stub(), "never_final");
  EXPECT_EQ(stream.ReadResults(3).size(), 3u);
  server.Terminate();
  const std::vector<v1::Result> rest = stream.ReadAll();
  const grpc::Status status = stream.Finish();
  EXPECT_THAT(status, IsError(absl::StatusCode::kUnavailable, "SERVER_DRAINING"));
  EXPECT_THAT(status.error_message(), testing::HasSubstr(absl::StrCat(stream.last_sequence())));
  EXPECT_EQ(server.Wait(), kSuccess);
}

TEST(Drain, LosesNoResultOfManyStreams) {
  RscadProcess server(Config().Pool("default", {"counter"}));
  std::vector<ResultStream> streams;
  for (int i = 0; i < 8; ++i) {
    streams.push_back(ResultStream::Register(server.stub(), "counter", R"({"interval_ms": 1})"));
    streams.back().ReadResults(10);
  }
  server.Terminate();
  for (ResultStream& stream : streams) {
    // The plug-in may report a final result when it is shut down; then that is the end.
    uint64_t sequence = 10;
    for (const v1::Result& result : stream.ReadAll()) {
      EXPECT_EQ(result.sequence(), ++sequence);
      EXPECT_EQ(result.response(),
                result.final() ? absl::StrCat("count=", sequence - 1) : absl::StrCat(sequence));
    }
    EXPECT_THAT(stream.Finish().error_code(),
                AnyOf(Eq(grpc::StatusCode::OK), Eq(grpc::StatusCode::UNAVAILABLE)));
  }
  EXPECT_EQ(server.Wait(), kSuccess);
}

TEST(Drain, TellsHealthWatchersBeforeAnyStreamEndsAndEndsThemWithTheOthers) {
  RscadProcess server(
      Config().Pool("default", {"hangs_in_shutdown", "never_final"}).Set("timeouts.drain", "2s"));
  ResultStream stream = ResultStream::Register(server.stub(), "never_final");
  stream.ReadResults(3);

  const auto health = grpc::health::v1::Health::NewStub(server.channel());
  grpc::ClientContext context;
  const auto watch = health->Watch(&context, {});
  HealthCheckResponse response;
  ASSERT_TRUE(watch->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::SERVING);
  server.Terminate();
  ASSERT_TRUE(watch->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::NOT_SERVING);

  const grpc::Status refused = ResultStream::Register(server.stub(), "never_final").Finish();
  EXPECT_THAT(refused, IsError(absl::StatusCode::kUnavailable, "SERVER_DRAINING"));
  EXPECT_EQ(stream.Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_FALSE(watch->Read(&response));
  EXPECT_THAT(watch->Finish(), IsError(absl::StatusCode::kUnavailable, "SERVER_DRAINING"));
  EXPECT_EQ(server.Wait(), kSuccess);
}

TEST(Drain, EndsInTimeWhateverPluginsAndClientsDo) {
  RscadProcess server(Config()
                          .Pool("a", {"hangs_in_shutdown", "floods"})
                          .Pool("b", {"hangs_in_unregister", "hangs_in_register"})
                          .Set("timeouts.drain", "1s"));
  const auto idle_stub = v1::CustomActions::NewStub(server.NewChannel());
  ResultStream never_read = ResultStream::Register(idle_stub.get(), "floods");
  ResultStream registering = ResultStream::Register(server.stub(), "hangs_in_register");
  ResultStream registered = ResultStream::Register(server.stub(), "hangs_in_unregister");
  registered.ReadResults(1);
  ResultStream unregister = ResultStream::Unregister(server.stub(), registered.name());
  ASSERT_FALSE(unregister.name().empty());
  ASSERT_FALSE(never_read.name().empty());
  server.Terminate();
  EXPECT_EQ(server.Wait(), kSuccess);
  EXPECT_FALSE(registering.Finish().ok());
}

TEST(Drain, IsHurriedByASecondSignal) {
  RscadProcess server(Config()
                          .Pool("default", {"hangs_in_shutdown"}, {{"shutdown_time_limit", "10m"}})
                          .Set("timeouts.drain", "10m"));
  server.Terminate();
  ASSERT_TRUE(server.WaitForLog("draining"));
  server.Terminate();
  EXPECT_EQ(server.Wait(), kSuccess);
}

TEST(Drain, EndsAWorkerThatIsStopped) {
  RscadProcess server(Config().Pool("default", {"counter"}).Set("timeouts.drain", "1s"));
  const pid_t worker = server.OnlyWorker();
  SendSignal(worker, SIGSTOP);
  ASSERT_TRUE(Eventually([&] { return ProcessState(worker) == 'T'; }));
  server.Terminate();
  EXPECT_EQ(server.Wait(), kSuccess);
}

TEST(Drain, TellsThePluginToShutDownOnce) {
  RscadProcess server(Config().Pool("default", {"recorder"}));
  const std::string record = server.dir().File("record");
  ResultStream stream = ResultStream::Register(server.stub(), "recorder.silent", record);
  stream.ReadResults(1);
  server.Terminate();
  EXPECT_EQ(server.Wait(), kSuccess);
  EXPECT_THAT(ReadFile(record), testing::MatchesRegex("register\nreport 0x00000000\n"
                                                      "(unregister\n|shutdown [01]\n)"));
  EXPECT_FALSE(stream.Finish().ok());
}

}  // namespace
}  // namespace rsca::support
