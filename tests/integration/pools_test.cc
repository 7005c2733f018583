// Pools: each limit that a worker can pass and each way in which it can end, with real processes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/support/calls.h"
#include "tests/support/errors.h"
#include "tests/support/proc.h"
#include "tests/support/result_stream.h"
#include "tests/support/rscad_process.h"

namespace rsca::support {
namespace {

using testing::HasSubstr;
using v1::Outcome;

bool WaitForWorkers(const RscadProcess& server, size_t count) {
  return Eventually([&] { return server.WorkerPids().size() == count; });
}

TEST(AWorkerThatDoesNotAnswerPings, IsKilledAlthoughItIsStopped) {
  RscadProcess server(Config().Pool("default", {"counter"},
                                    {{"ping_interval", "100ms"}, {"ping_response_time", "5s"}}));
  ResultStream stream = ResultStream::Register(server.stub(), "counter", R"({"interval_ms": 1})");
  stream.ReadResults(10);
  SendSignal(server.OnlyWorker(), SIGSTOP);
  const v1::Result last = stream.ReadFinal();
  EXPECT_EQ(last.outcome().kind(), Outcome::KIND_WORKER_CRASHED);
  EXPECT_EQ(last.outcome().message(),
            "the worker process did not answer a ping in time (limit 5s) and was killed by signal "
            "9 (Killed)");
  EXPECT_TRUE(server.WaitForLog("reason=PING_MISSED"));
}

TEST(AWorkerThatTakesTooMuchMemory, IsKilledAndTheCallSaysWhichLimitAndItsValue) {
  RscadProcess server(
      Config().Pool("default", {"hogs_memory"}, {{"resource_limits", "{memory_kib: 524288}"}}));
  const auto answer = RunAction(server.stub(), "hogs_memory", "4000");
  EXPECT_THAT(answer.status, IsError(absl::StatusCode::kInternal, "WORKER_CRASHED"));
  EXPECT_THAT(answer.status.error_message(), HasSubstr("passed a limit (memory "));
  EXPECT_THAT(answer.status.error_message(), HasSubstr("limit 512 MiB"));
  EXPECT_TRUE(server.WaitForLog("reason=LIMIT_PASSED"));
}

TEST(AWorkerWhoseProgramsTakeTooMuchMemory, IsKilledWithThem) {
  RscadProcess server(Config().Pool("default", {BuiltIn("process")},
                                    {{"resource_limits", "{memory_kib: 524288}"}}));
  // tail(1) keeps the last line, which does not end.
  ResultStream stream = ResultStream::Register(
      server.stub(), "process.exec",
      R"({"argv": ["sh", "-c", "(head -c 700000000 /dev/zero; sleep 1000) | tail"]})");
  const v1::Result last = stream.ReadFinal();
  EXPECT_EQ(last.outcome().kind(), Outcome::KIND_WORKER_CRASHED);
  EXPECT_EQ(last.outcome().worker_exit().reason(), v1::WorkerExit::REASON_LIMIT_PASSED);
  EXPECT_THAT(last.outcome().message(), HasSubstr("passed a limit (memory "));
}

TEST(AWorkerWhoseProgramsTakeTooMuchCpu, IsKilledWithThemWhereTheKernelDoesNotThrottleThem) {
  RscadProcess server(
      Config().Pool("default", {BuiltIn("process")},
                    {{"resource_limits", "{cpu_percent: 2, cpu_reset_interval: 60s}"}}));
  if (!server.WaitForLog("worker ready") || !absl::StrContains(server.Log(), "limit=cpu_percent")) {
    GTEST_SKIP() << "the kernel does";
  }
  ResultStream stream = ResultStream::Register(server.stub(), "process.exec",
                                               R"({"argv": ["sh", "-c", "while :; do :; done"]})");
  const v1::Result last = stream.ReadFinal();
  EXPECT_EQ(last.outcome().worker_exit().reason(), v1::WorkerExit::REASON_LIMIT_PASSED);
  EXPECT_THAT(last.outcome().message(), HasSubstr("limit 2% of 1m"));
}

TEST(AWorkerThatGrows, IsReplacedByOneThatDoesNot) {
  // Without the plug-in's memory a worker is far below, also with a sanitizer.
  RscadProcess server(Config().Pool("default", {"hogs_memory", "echo"},
                                    {{"periodic_restart", "{private_memory_kib: 524288}"}}));
  const pid_t old = server.OnlyWorker();
  EXPECT_EQ(RunAction(server.stub(), "hogs_memory", "600").response.response(), "600");
  server.OnlyWorker(old);
  EXPECT_TRUE(server.WaitForLog("reason=RECYCLED"));
  EXPECT_THAT(server.Log(), HasSubstr("private memory "));
  EXPECT_THAT(RunAction(server.stub(), "echo").status, IsOk());
}

TEST(AWorkerThatIsNeverReady, IsKilledAndStopsItsPoolAfterFiveTimes) {
  RscadProcess server(Config()
                          .Pool("good", {"echo"})
                          .Pool("bad", {"never_ready"},
                                {{"startup_time_limit", "200ms"},
                                 {"restart_backoff_min", "1ms"},
                                 {"restart_backoff_max", "10ms"}}));
  EXPECT_TRUE(server.WaitForLog("pool is stopped"));
  EXPECT_THAT(server.Log(), HasSubstr("reason=STARTUP_TIME_LIMIT"));
  EXPECT_THAT(server.Log(), HasSubstr("rapid-fail protection: 5 failures within 5m"));
  EXPECT_TRUE(server.WaitForHealth("pool/bad", "NOT_SERVING"));
  EXPECT_TRUE(server.WaitForHealth("pool/good"));
  EXPECT_TRUE(WaitForWorkers(server, 1));
  EXPECT_THAT(RunAction(server.stub(), "echo").status, IsOk());
}

TEST(AWorkerThatDoesNotShutDown, IsKilledAfterItsTime) {
  RscadProcess server(
      Config().Pool("default", {"hangs_in_shutdown"},
                    {{"shutdown_time_limit", "500ms"}, {"periodic_restart", "{time: 1s}"}}));
  EXPECT_TRUE(server.WaitForLog("reason=SHUTDOWN_TIME_LIMIT"));
  EXPECT_THAT(server.Log(), HasSubstr("did not shut down in time (limit 500ms; it ran for 1s)"));
  EXPECT_TRUE(server.WaitForHealth("pool/default"));
}

TEST(AnIdleWorker, EndsAndACallBringsItBack) {
  RscadProcess server(Config().Pool("default", {"echo", "counter"}, {{"idle_timeout", "1s"}}));
  EXPECT_TRUE(WaitForWorkers(server, 0));
  EXPECT_TRUE(server.WaitForLog("reason=IDLE"));
  EXPECT_TRUE(server.WaitForHealth("pool/default"));
  EXPECT_EQ(GetCustomAction(server.stub(), "echo").response.unavailable_reason(), "");
  EXPECT_EQ(RunAction(server.stub(), "echo", "again").response.response(), "again");
  EXPECT_TRUE(WaitForWorkers(server, 0));
  ResultStream stream = ResultStream::Register(server.stub(), "counter", R"({"count": 10})");
  EXPECT_EQ(stream.ReadAll().size(), 11u);
}

TEST(AnIdleWorker, IsSuspendedAndACallWakesTheSame) {
  RscadProcess server(Config().Pool("default", {"echo"},
                                    {{"idle_timeout", "1s"},
                                     {"idle_timeout_action", "suspend"},
                                     {"ping_interval", "100ms"},
                                     {"ping_response_time", "5s"}}));
  const pid_t worker = server.OnlyWorker();
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(Eventually([&] { return IsStopped(worker); }));
    EXPECT_TRUE(server.WaitForHealth("pool/default"));
    EXPECT_EQ(RunAction(server.stub(), "echo", "awake").response.response(), "awake");
  }
  // The server's end wakes it once more.
  ASSERT_TRUE(Eventually([&] { return IsStopped(worker); }));
  server.Terminate();
  EXPECT_TRUE(server.Wait().has_value());
  EXPECT_THAT(server.Log(), HasSubstr("reason=STOPPED"));
}

TEST(AnActionThatKillsItsWorkers, IsInQuarantineAndTheOthersGoOn) {
  RscadProcess server(Config().Pool("default", {"aborts_in_register", "echo"},
                                    {{"restart_backoff_min", "1ms"},
                                     {"restart_backoff_max", "5ms"},
                                     {"quarantine", "{duration: 1s}"}}));
  const auto aborts = [&] {
    return ResultStream::Register(server.stub(), "aborts_in_register").Finish();
  };
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(aborts(), IsError(absl::StatusCode::kInternal, "WORKER_CRASHED"));
    EXPECT_TRUE(server.WaitForHealth("pool/default"));
  }
  EXPECT_TRUE(server.WaitForLog("action is in quarantine"));
  EXPECT_THAT(RunAction(server.stub(), "echo").status, IsOk());
  EXPECT_TRUE(server.WaitForLog("action is out of quarantine"));
  EXPECT_THAT(aborts(), IsError(absl::StatusCode::kInternal, "WORKER_CRASHED"));
}

TEST(AnActionInQuarantine, IsRefusedUntilATimeThatTheErrorNames) {
  RscadProcess server(Config().Pool("default", {"aborts_in_register"},
                                    {{"restart_backoff_min", "1ms"},
                                     {"restart_backoff_max", "5ms"},
                                     {"quarantine", "{max_failures: 1}"}}));
  EXPECT_THAT(ResultStream::Register(server.stub(), "aborts_in_register").Finish(),
              IsError(absl::StatusCode::kInternal, "WORKER_CRASHED"));
  EXPECT_TRUE(server.WaitForHealth("pool/default"));
  const grpc::Status refused = ResultStream::Register(server.stub(), "aborts_in_register").Finish();
  EXPECT_THAT(refused, IsError(absl::StatusCode::kUnavailable, "ACTION_QUARANTINED"));
  EXPECT_THAT(refused.error_message(), HasSubstr("is refused until 20"));
}

TEST(APoolWhoseWorkersDieAgainAndAgain, IsStoppedAndSaysSo) {
  RscadProcess server(Config().Pool("default", {"counter"},
                                    {{"restart_backoff_min", "1ms"},
                                     {"restart_backoff_max", "5ms"},
                                     {"quarantine", "{enabled: false}"}}));
  pid_t worker = 0;
  for (int i = 0; i < 5; ++i) {
    worker = server.OnlyWorker(worker);
    ASSERT_TRUE(server.WaitForHealth("pool/default"));
    SendSignal(worker, SIGKILL);
    ASSERT_TRUE(Eventually([&] { return !IsRunning(worker); }));
    ASSERT_TRUE(server.WaitForLog(absl::StrCat("worker died worker=default-", i + 1, " ")));
  }
  EXPECT_TRUE(server.WaitForHealth("pool/default", "NOT_SERVING"));
  const grpc::Status refused = ResultStream::Register(server.stub(), "counter").Finish();
  EXPECT_THAT(refused, IsError(absl::StatusCode::kUnavailable, "POOL_STOPPED"));
  EXPECT_THAT(refused.error_message(), HasSubstr("`rsca pool start default` starts it"));
  EXPECT_THAT(server.WorkerPids(), testing::IsEmpty());
}

TEST(RecyclingUnderLoad, LosesNoCallAndNoResult) {
  RscadProcess server(Config().Pool("default", {"echo", "counter"},
                                    {{"periodic_restart", "{requests: 20}"},
                                     {"restart_backoff_max", "100ms"},
                                     {"max_processes", "2"}}));
  std::vector<ResultStream> streams;
  for (int i = 0; i < 4; ++i) {
    streams.push_back(
        ResultStream::Register(server.stub(), "counter", R"({"count": 1000, "interval_ms": 1})"));
  }
  for (int i = 0; i < 200; ++i) {
    const auto answer = RunAction(server.stub(), "echo", absl::StrCat(i));
    ASSERT_THAT(answer.status, IsOk());
    ASSERT_EQ(answer.response.response(), absl::StrCat(i));
  }
  EXPECT_THAT(server.Log(), HasSubstr("worker is recycled"));
  for (ResultStream& stream : streams) {
    const std::vector<v1::Result> results = stream.ReadAll();
    ASSERT_EQ(results.size(), 1001u);
    for (size_t i = 0; i < 1000; ++i) ASSERT_EQ(results[i].response(), absl::StrCat(i + 1));
    EXPECT_EQ(results.back().outcome().kind(), Outcome::KIND_COMPLETED);
  }
  EXPECT_TRUE(server.WaitForLog("reason=RECYCLED"));
}

TEST(SeveralWorkers, AreStartedAndKeepRunning) {
  RscadProcess server(
      Config().Pool("default", {"echo"}, {{"max_processes", "3"}, {"restart_backoff_min", "1ms"}}));
  EXPECT_TRUE(WaitForWorkers(server, 3));
  const pid_t first = server.WorkerPids().at(0);
  SendSignal(first, SIGKILL);
  EXPECT_TRUE(Eventually([&] { return !IsRunning(first); }));
  EXPECT_TRUE(WaitForWorkers(server, 3));
  EXPECT_THAT(RunAction(server.stub(), "echo").status, IsOk());
}

}  // namespace
}  // namespace rsca::support
