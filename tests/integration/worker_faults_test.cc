// Workers that are killed and stopped while results flow.
#include <gtest/gtest.h>
#include <signal.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "tests/support/calls.h"
#include "tests/support/errors.h"
#include "tests/support/proc.h"
#include "tests/support/result_stream.h"
#include "tests/support/rscad_process.h"

namespace rsca::support {
namespace {

using v1::Outcome;

// Waits until another worker serves. The final results of the old one come before the health of the
// pool changes, but a new process only after that.
void WaitForNewWorker(const RscadProcess& server, pid_t old) {
  server.OnlyWorker(old);
  EXPECT_TRUE(server.WaitForHealth("pool/default"));
}

void ExpectKilled(const v1::Result& last, int signal, pid_t pid) {
  EXPECT_EQ(last.outcome().kind(), Outcome::KIND_WORKER_CRASHED);
  EXPECT_EQ(last.outcome().worker_exit().signal(), signal);
  EXPECT_EQ(last.outcome().worker_exit().pid(), pid);
  EXPECT_LT(last.hr_status(), 0);
}

// Every result up to the final one is there and is the one that the plug-in numbered so.
void ExpectNoGap(const std::vector<v1::Result>& results) {
  for (size_t i = 0; i + 1 < results.size(); ++i) {
    ASSERT_EQ(results[i].response(), absl::StrCat(results[0].sequence() + i));
  }
}

class WorkerIsKilled : public testing::TestWithParam<int> {};

TEST_P(WorkerIsKilled, AndEveryRegistrationEndsWithItsSignalAfterAllThatArrived) {
  RscadProcess server(Config().Pool("default", {"counter"}, {{"restart_backoff_min", "10ms"}}));
  const pid_t worker = server.OnlyWorker();
  std::vector<ResultStream> streams;
  for (int i = 0; i < 4; ++i) {
    streams.push_back(
        ResultStream::Register(server.stub(), "counter", i == 0 ? "{}" : R"({"interval_ms": 1})"));
    streams.back().ReadResults(10);
  }
  SendSignal(worker, GetParam());
  for (ResultStream& stream : streams) {
    const std::vector<v1::Result> rest = stream.ReadAll();
    ASSERT_FALSE(rest.empty());
    ExpectNoGap(rest);
    ExpectKilled(rest.back(), GetParam(), worker);
    EXPECT_THAT(stream.Finish(), IsOk());
  }
  WaitForNewWorker(server, worker);
  ResultStream again = ResultStream::Register(server.stub(), "counter", R"({"count": 10})");
  EXPECT_EQ(again.ReadAll().size(), 11u);
}

INSTANTIATE_TEST_SUITE_P(By, WorkerIsKilled, testing::Values(SIGKILL, SIGABRT, SIGQUIT),
                         [](const auto& info) { return absl::StrCat("Signal", info.param); });

TEST(AWorkerThatIsStopped, AndThenKilledEndsItsRegistrations) {
  RscadProcess server(Config().Pool("default", {"counter"}));
  const pid_t worker = server.OnlyWorker();
  ResultStream stream = ResultStream::Register(server.stub(), "counter", R"({"interval_ms": 1})");
  stream.ReadResults(10);
  SendSignal(worker, SIGSTOP);
  ASSERT_TRUE(Eventually([&] { return ProcessState(worker) == 'T'; }));
  SendSignal(worker, SIGKILL);
  const std::vector<v1::Result> rest = stream.ReadAll();
  ASSERT_FALSE(rest.empty());
  ExpectNoGap(rest);
  ExpectKilled(rest.back(), SIGKILL, worker);
}

TEST(AWorkerThatIsStopped, MakesCallsTimeOutAndGoesOnWhenItIsContinued) {
  RscadProcess server(Config()
                          .Pool("default", {"counter", "echo"})
                          .Set("timeouts.register", "300ms")
                          .Set("timeouts.run", "300ms"));
  const pid_t worker = server.OnlyWorker();
  ResultStream stream =
      ResultStream::Register(server.stub(), "counter", R"({"count": 500, "interval_ms": 1})");
  stream.ReadResults(10);
  SendSignal(worker, SIGSTOP);
  ASSERT_TRUE(Eventually([&] { return ProcessState(worker) == 'T'; }));
  const auto timeout = IsError(absl::StatusCode::kDeadlineExceeded, "PLUGIN_TIMEOUT");
  EXPECT_THAT(ResultStream::Register(server.stub(), "counter", "{}").Finish(), timeout);
  EXPECT_THAT(RunAction(server.stub(), "echo").status, timeout);
  SendSignal(worker, SIGCONT);
  const std::vector<v1::Result> rest = stream.ReadAll();
  ASSERT_EQ(rest.size(), 491u) << "nothing is lost";
  EXPECT_EQ(rest.back().outcome().kind(), Outcome::KIND_COMPLETED);
}

TEST(AWorkerThatIsGone, MakesItsActionsUnavailableUntilItIsBack) {
  RscadProcess server(
      Config().Pool("default", {"counter", "echo"},
                    {{"restart_backoff_min", "10m"}, {"restart_backoff_max", "10m"}}));
  ResultStream stream = ResultStream::Register(server.stub(), "counter", R"({"interval_ms": 1})");
  stream.ReadResults(1);
  SendSignal(server.OnlyWorker(), SIGKILL);
  EXPECT_EQ(stream.ReadFinal().outcome().kind(), Outcome::KIND_WORKER_CRASHED);
  EXPECT_TRUE(server.WaitForHealth("pool/default", "NOT_SERVING"));

  const grpc::Status refused = ResultStream::Register(server.stub(), "counter", "{}").Finish();
  EXPECT_THAT(refused, IsError(absl::StatusCode::kUnavailable, "WORKER_UNAVAILABLE"));
  google::rpc::Status details;
  ASSERT_TRUE(details.ParseFromString(refused.error_details()));
  google::rpc::RetryInfo retry;
  bool has_retry = false;
  for (const auto& detail : details.details()) has_retry |= detail.UnpackTo(&retry);
  EXPECT_TRUE(has_retry);
  EXPECT_THAT(RunAction(server.stub(), "echo").status,
              IsError(absl::StatusCode::kUnavailable, "WORKER_UNAVAILABLE"));
  EXPECT_NE(GetCustomAction(server.stub(), "counter").response.unavailable_reason(), "");
}

TEST(AWorkerThatDiesAgainAndAgain, IsStartedAgainAndNoRegistrationHangs) {
  RscadProcess server(Config().Pool("default", {"counter"},
                                    {{"restart_backoff_min", "1ms"},
                                     {"restart_backoff_max", "5ms"},
                                     {"rapid_fail_protection", "{enabled: false}"},
                                     {"quarantine", "{enabled: false}"}}));
  for (int i = 0; i < 10; ++i) {
    const pid_t worker = server.OnlyWorker();
    ResultStream stream = ResultStream::Register(server.stub(), "counter", "{}");
    ASSERT_EQ(stream.ReadResults(1).size(), 1u) << Describe(stream.Finish());
    SendSignal(worker, SIGKILL);
    ExpectKilled(stream.ReadFinal(), SIGKILL, worker);
    WaitForNewWorker(server, worker);
  }
}

}  // namespace
}  // namespace rsca::support
