// Health, idleness and suspension: IPmHealthAndIdleMonitor, IPmIdleTimeOutAction.
#include "tests/unit/server/worker/everything_fixture.h"

namespace rsca::worker {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class SupervisionTest : public EverythingFixture {
 protected:
  SupervisionTest() { AddEverything(); }

  v1::Suspended Suspend() {
    v1::ControlResponse message;
    message.mutable_suspend();
    server_.Send(message);
    return server_
        .WaitMessage([](const v1::ControlRequest& request) { return request.has_suspended(); })
        .suspended();
  }

  v1::Pong PingWith(const std::string& mode) {
    Act("health", mode);
    server_.Ping(++pings_);
    return server_.WaitPong(pings_);
  }

  int CountCalls(const std::string& call) {
    const std::string calls = Act("calls");
    int count = 0;
    for (size_t at = calls.find(call); at != std::string::npos; at = calls.find(call, at + 1)) {
      ++count;
    }
    return count;
  }

  uint64_t pings_ = 0;
};

TEST_F(SupervisionTest, AHealthyPluginAnswersThePing) {
  StartWorker();
  EXPECT_FALSE(PingWith("healthy").has_failure());
  EXPECT_EQ(CountCalls("CheckHealth"), 1);
}

TEST_F(SupervisionTest, AnUnhealthyPluginFailsThePing) {
  StartWorker();
  const v1::Pong pong = PingWith("unhealthy");
  EXPECT_EQ(pong.failure().protocol_manager(), "everything");
  EXPECT_THAT(pong.failure().reason(), HasSubstr("not healthy"));
  EXPECT_EQ(pong.failure().hresult(), S_OK);
}

TEST_F(SupervisionTest, AFailingCheckIsUnhealthyWithItsHresult) {
  StartWorker();
  const v1::WorkerFailure failure = PingWith("error").failure();
  EXPECT_EQ(failure.hresult(), HRESULT_FROM_WIN32(ERROR_GEN_FAILURE));
  EXPECT_THAT(failure.reason(), HasSubstr("CheckHealth"));
  EXPECT_EQ(PingWith("contradict").failure().hresult(), E_FAIL);
  EXPECT_FALSE(PingWith("healthy").has_failure());
}

TEST_F(SupervisionTest, ACheckThatThrowsIsUnhealthyWithWhatItThrew) {
  StartWorker();
  const v1::WorkerFailure failure = PingWith("throw").failure();
  EXPECT_EQ(failure.hresult(), E_UNEXPECTED);
  EXPECT_THAT(failure.reason(), HasSubstr("in CheckHealth"));
}

TEST_F(SupervisionTest, ASecondAnswerFailsAndChangesNothing) {
  StartWorker();
  EXPECT_FALSE(PingWith("twice").has_failure());
  EXPECT_THAT(Act("calls"), HasSubstr("second 0x8007139f"));
}

TEST_F(SupervisionTest, AnAnswerMayComeLater) {
  StartWorker();
  Act("health", "later");
  server_.Ping(1);
  WaitCalled("CheckHealth");
  EXPECT_EQ(server_.CountMessages(v1::ControlRequest::kPong), 0u);
  EXPECT_EQ(Act("answer"), "0x0");
  EXPECT_FALSE(server_.WaitPong(1).has_failure());
  EXPECT_EQ(Act("answer"), "nothing to answer");
}

TEST_F(SupervisionTest, PingsThatOverlapDoNotPileUpInThePlugin) {
  StartWorker();
  Act("health", "later");
  server_.Ping(1);
  WaitCalled("CheckHealth");
  for (uint64_t number = 2; number <= 10; ++number) server_.Ping(number);
  // It has seen them all when it answers this.
  server_.CheckIdle(1);
  server_.WaitIdleStatus(1);
  EXPECT_EQ(CountCalls("CheckHealth"), 1);
  Act("health", "healthy");
  EXPECT_EQ(Act("answer"), "0x0");
  for (uint64_t number = 1; number <= 10; ++number) {
    EXPECT_FALSE(server_.WaitPong(number).has_failure());
  }
  EXPECT_EQ(CountCalls("CheckHealth"), 2);
}

TEST_F(SupervisionTest, APluginThatNeverAnswersLeavesThePingUnansweredAndHindersNothingElse) {
  StartWorker();
  Act("health", "never");
  server_.Ping(1);
  WaitCalled("CheckHealth");
  Act("health", "healthy");
  server_.Ping(2);
  server_.CheckIdle(1);
  EXPECT_TRUE(server_.WaitIdleStatus(1).idle());
  EXPECT_EQ(server_.CountMessages(v1::ControlRequest::kPong), 0u);
  EXPECT_EQ(CountCalls("CheckHealth"), 1);
  EXPECT_EQ(StopWorker(), 0);
}

TEST_F(SupervisionTest, ACheckThatHangsHindersNeitherCallsNorIdleChecks) {
  bootstrap_.set_max_plugin_calls(1);
  StartWorker();
  Act("health", "hang");
  server_.Ping(1);
  WaitCalled("CheckHealth");
  server_.CheckIdle(1);
  EXPECT_TRUE(server_.WaitIdleStatus(1).idle());
  EXPECT_EQ(server_.CountMessages(v1::ControlRequest::kPong), 0u);
  Act("release");
  EXPECT_FALSE(server_.WaitPong(1).has_failure());
}

TEST_F(SupervisionTest, WithEveryThreadInACallThePingIsAnsweredAllTheSame) {
  bootstrap_.set_max_plugin_calls(1);
  Flag in_call;
  Flag leave;
  strings_->on_run = [&](const std::wstring&, const std::wstring&,
                         ICustomActionResultCallback* callback) {
    in_call.Set();
    leave.Wait();
    return callback->ReportResult(S_OK, nullptr, 0);
  };
  AddPuppet();
  StartWorker();
  server_.StartRun(1, "once");
  ASSERT_TRUE(in_call.Wait());
  server_.Ping(1);
  EXPECT_FALSE(server_.WaitPong(1).has_failure());
  leave.Set();
  server_.WaitEnd(1);
}

TEST_F(SupervisionTest, WithoutAMonitorAWorkerIsHealthyAndIdle) {
  bootstrap_.clear_protocol_managers();
  AddPuppet();
  StartWorker();
  server_.Ping(1);
  EXPECT_FALSE(server_.WaitPong(1).has_failure());
  server_.CheckIdle(1);
  EXPECT_TRUE(server_.WaitIdleStatus(1).idle());
  EXPECT_THAT(Suspend().failures(), IsEmpty());
}

TEST_F(SupervisionTest, AWorkerIsIdleWhenAllPluginsSaySo) {
  StartWorker();
  server_.CheckIdle(1);
  EXPECT_TRUE(server_.WaitIdleStatus(1).idle());
  Act("idle", "busy");
  server_.CheckIdle(2);
  EXPECT_FALSE(server_.WaitIdleStatus(2).idle());
  Act("idle", "error");
  server_.CheckIdle(3);
  EXPECT_FALSE(server_.WaitIdleStatus(3).idle());
}

TEST_F(SupervisionTest, APluginIsToldBeforeItIsSuspended) {
  StartWorker();
  EXPECT_THAT(Suspend().failures(), IsEmpty());
  EXPECT_EQ(CountCalls("SuspendProcess"), 1);
}

TEST_F(SupervisionTest, AFailedSuspensionIsReported) {
  StartWorker();
  Act("suspend", "error");
  const v1::Suspended suspended = Suspend();
  ASSERT_THAT(suspended.failures(), SizeIs(1));
  EXPECT_EQ(suspended.failures(0).protocol_manager(), "everything");
  EXPECT_EQ(suspended.failures(0).hresult(), E_FAIL);
}

}  // namespace
}  // namespace rsca::worker
