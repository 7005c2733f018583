// How a pool watches its workers: pings, idleness, limits. Times are those of IIS's defaults.
#include "tests/unit/server/workers/pool_fixture.h"

namespace rsca::workers {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using Received = worker::v1::ControlResponse;

class Pings : public PoolTest {
 protected:
  static PoolOptions Options() {
    PoolOptions options = QuietOptions();
    options.pinging_enabled = true;
    return options;
  }
};

TEST_F(Pings, ComeAtTheirInterval) {
  OpenReady(Options());
  timers_.Advance(absl::Seconds(30) - absl::Milliseconds(1));
  EXPECT_EQ(worker(0).CountReceived(Received::kPing), 0);
  timers_.Advance(absl::Milliseconds(1));
  const auto received = worker(0).Received();
  ASSERT_EQ(received.size(), 1U);
  timers_.Advance(absl::Seconds(2));
  worker::v1::ControlRequest pong;
  pong.mutable_pong()->set_number(received[0].ping().number());
  worker(0).Say(pong);
  EXPECT_EQ(pool_->Info().workers[0].last_ping, absl::Seconds(2));
  timers_.Advance(absl::Seconds(28) - absl::Milliseconds(1));
  EXPECT_EQ(worker(0).CountReceived(Received::kPing), 0);
  timers_.Advance(absl::Milliseconds(1));
  EXPECT_EQ(worker(0).CountReceived(Received::kPing), 1);
}

TEST_F(Pings, ThatAreNotAnsweredInTimeKillTheWorker) {
  OpenReady(Options());
  timers_.Advance(absl::Seconds(30));
  timers_.Advance(absl::Seconds(90) - absl::Milliseconds(1));
  EXPECT_FALSE(worker(0).WasKilled());
  EXPECT_EQ(worker(0).CountReceived(Received::kPing), 1) << "one at a time";
  timers_.Advance(absl::Milliseconds(1));
  EXPECT_TRUE(worker(0).WasKilled());
  worker(0).End(SIGKILL);
  EXPECT_EQ(LastEnd().exit.reason, ExitReason::kPingMissed);
  EXPECT_EQ(DescribeExit(LastEnd().exit),
            "did not answer a ping in time (limit 1m30s) and was killed by signal 9 (Killed)");
  EXPECT_EQ(pool_->Info().failures, 1);
}

TEST_F(Pings, ThatAreAnsweredKillNobody) {
  OpenReady(Options());
  Live(absl::Hours(3), absl::Seconds(10));
  EXPECT_FALSE(worker(0).WasKilled());
}

TEST_F(Pings, KillNobodyWhenTheServerItselfDidNotRun) {
  OpenReady(Options());
  timers_.Advance(absl::Seconds(30));
  timers_.Jump(absl::Minutes(10));  // stopped, or the host suspended
  EXPECT_FALSE(worker(0).WasKilled());
  worker(0).Answer();
  Live(absl::Minutes(10), absl::Seconds(10));
  EXPECT_FALSE(worker(0).WasKilled());
}

TEST_F(Pings, CanBeSwitchedOff) {
  OpenReady(QuietOptions());
  timers_.Advance(absl::Hours(1));
  EXPECT_EQ(worker(0).CountReceived(Received::kPing), 0);
}

TEST_F(Pings, ThatSayUnhealthyFailTheWorker) {
  OpenReady(Options());
  timers_.Advance(absl::Seconds(30));
  worker::v1::ControlRequest pong;
  pong.mutable_pong()->set_number(worker(0).Received()[0].ping().number());
  worker::v1::WorkerFailure* failure = pong.mutable_pong()->mutable_failure();
  failure->set_hresult(static_cast<int32_t>(0x80004005));
  failure->set_reason("out of widgets");
  failure->set_protocol_manager("shop");
  worker(0).Say(pong);
  EXPECT_TRUE(worker(0).WasKilled());
  worker(0).End(SIGKILL);
  EXPECT_EQ(LastEnd().exit.reason, ExitReason::kFailed);
  EXPECT_THAT(LastEnd().exit.detail, testing::HasSubstr("80004005"));
  EXPECT_THAT(LastEnd().exit.detail, testing::HasSubstr("out of widgets (protocol manager shop)"));
}

TEST_F(Pings, NeedNotBeWaitedForByAPluginThatFailsItsWorkerAtOnce) {
  OpenReady(QuietOptions());
  worker::v1::ControlRequest message;
  message.mutable_request()->mutable_fail()->set_reason("broken");
  worker(0).Say(message);
  EXPECT_TRUE(worker(0).WasKilled());
  worker(0).End(SIGKILL);
  EXPECT_EQ(LastEnd().exit.reason, ExitReason::kFailed);
  EXPECT_EQ(LastEnd().exit.detail, "broken");
}

class Idleness : public PoolTest {
 protected:
  static PoolOptions Terminate() {
    PoolOptions options = QuietOptions();
    options.idle_timeout = absl::Minutes(20);
    return options;
  }
  static PoolOptions Suspend() {
    PoolOptions options = Terminate();
    options.suspend_when_idle = true;
    return options;
  }
};

TEST_F(Idleness, EndsAWorkerAfterTwentyMinutesAndACallBringsItBack) {
  OpenReady(Terminate());
  Live(absl::Minutes(20) - absl::Seconds(1), absl::Seconds(1));
  EXPECT_EQ(pool_->Info().workers[0].state, WorkerState::kReady);
  timers_.Advance(absl::Seconds(1));
  worker(0).Answer();
  EXPECT_EQ(pool_->Info().workers[0].state, WorkerState::kStopping);
  worker(0).Exit();
  EXPECT_EQ(LastEnd().exit.reason, ExitReason::kIdle);
  EXPECT_EQ(DescribeExit(LastEnd().exit), "was idle for 20m");

  const PoolInfo idle = pool_->Info();
  EXPECT_EQ(idle.state, PoolState::kRunning);
  EXPECT_THAT(idle.workers, IsEmpty());
  EXPECT_EQ(idle.failures, 0);
  EXPECT_TRUE(pool_->FindFunction("f").has_value());
  EXPECT_EQ(pool_->FindFunction("f")->refused_why, "");
  EXPECT_THAT(listener_.health, ElementsAre(false, true)) << "an idle pool is healthy";
  timers_.Advance(absl::Hours(10));
  EXPECT_EQ(started(), 1U);

  const auto conversation = Call();
  EXPECT_EQ(started(), 2U);
  worker(1).BecomeReady();
  worker(1).Accept(1);
  EXPECT_THAT(conversation->events, ElementsAre("started"));
}

TEST_F(Idleness, IsNotThereWhileThereAreConversations) {
  OpenReady(Terminate());
  const auto conversation = Call();
  worker(0).Accept(1);
  Live(absl::Hours(5), absl::Minutes(1));
  EXPECT_EQ(pool_->Info().workers.at(0).state, WorkerState::kReady);
  worker(0).Finish(1);
  Live(absl::Minutes(18), absl::Minutes(1));
  EXPECT_EQ(pool_->Info().workers.at(0).state, WorkerState::kReady);
  Live(absl::Minutes(4), absl::Minutes(1));
  EXPECT_EQ(pool_->Info().workers.at(0).state, WorkerState::kStopping);
}

TEST_F(Idleness, CountsFromTheLastCallHoweverShort) {
  OpenReady(Terminate());
  Live(absl::Minutes(15), absl::Minutes(1));
  Call();
  worker(0).Accept(1);
  worker(0).Finish(1);
  Live(absl::Minutes(18), absl::Minutes(1));
  EXPECT_EQ(pool_->Info().workers.at(0).state, WorkerState::kReady);
}

TEST_F(Idleness, IsNotThereWhileAPluginDisagrees) {
  OpenReady(Terminate());
  Live(absl::Hours(5), absl::Minutes(1), /*idle=*/false);
  EXPECT_EQ(pool_->Info().workers.at(0).state, WorkerState::kReady);
  Live(absl::Minutes(22), absl::Minutes(1));
  EXPECT_EQ(pool_->Info().workers.at(0).state, WorkerState::kStopping);
}

TEST_F(Idleness, IsNotThereWhileThereAreListenerChannels) {
  OpenReady(Terminate());
  worker::v1::ControlResponse start;
  start.mutable_start_listener()->set_listener(1);
  worker(0).worker->Send(start);
  Live(absl::Hours(5), absl::Minutes(1));
  EXPECT_EQ(pool_->Info().workers.at(0).state, WorkerState::kReady);
}

TEST_F(Idleness, CanBeSwitchedOff) {
  OpenReady(QuietOptions());
  Live(absl::Hours(100), absl::Minutes(1));
  EXPECT_EQ(pool_->Info().workers.at(0).state, WorkerState::kReady);
}

TEST_F(Idleness, SuspendsAWorkerThatACallWakes) {
  PoolOptions options = Suspend();
  options.pinging_enabled = true;
  options.periodic_restart.private_memory_kib = 1;
  OpenReady(options);
  Live(absl::Minutes(22), absl::Seconds(30));
  EXPECT_THAT(worker(0).process.calls, ElementsAre("freeze"));
  EXPECT_EQ(pool_->Info().workers.at(0).state, WorkerState::kSuspended);
  EXPECT_EQ(pool_->Info().state, PoolState::kRunning);
  worker(0).process.stats.private_bytes = 1 << 20;
  timers_.Advance(absl::Hours(10));  // nothing is answered, and nothing is measured
  EXPECT_FALSE(worker(0).WasKilled());
  EXPECT_EQ(started(), 1U);
  worker(0).process.stats.private_bytes = 0;

  const auto conversation = Call();
  EXPECT_THAT(worker(0).process.calls, ElementsAre("freeze", "thaw"));
  worker(0).Accept(1);
  EXPECT_THAT(conversation->events, ElementsAre("started"));
  EXPECT_EQ(pool_->Info().workers.at(0).state, WorkerState::kReady);
  EXPECT_THAT(Events(), Contains("WORKER_SUSPENDED"));
  EXPECT_EQ(Events().back(), "WORKER_RESUMED");
  worker(0).Finish(1);
  Live(absl::Minutes(22), absl::Seconds(30));
  EXPECT_THAT(worker(0).process.calls, ElementsAre("freeze", "thaw", "freeze"));
}

TEST_F(Idleness, DoesNotSuspendAWorkerThatGetsACallWhileItPrepares) {
  OpenReady(Suspend());
  for (int i = 0; i < 100 && worker(0).process.calls.empty(); ++i) {
    timers_.Advance(absl::Seconds(30));
    for (const auto& received : worker(0).Received()) {
      if (received.has_suspend()) Call();
      worker::v1::ControlRequest answer;
      if (received.has_suspend()) {
        answer.mutable_suspended();
      } else {
        answer.mutable_idle_status()->set_number(received.check_idle().number());
        answer.mutable_idle_status()->set_idle(true);
      }
      worker(0).Say(answer);
    }
  }
  EXPECT_EQ(handles_.size(), 1U);
  EXPECT_THAT(worker(0).process.calls, IsEmpty());
}

TEST_F(Idleness, TerminatesAWorkerWhosePluginsCannotBeSuspended) {
  OpenReady(Suspend());
  worker::v1::ControlRequest answer;
  answer.mutable_suspended()->add_failures()->set_reason("busy");
  while (pool_->Info().workers.at(0).state == WorkerState::kReady &&
         timers_.Now() < absl::Hours(1)) {
    timers_.Advance(absl::Seconds(30));
    for (const auto& received : worker(0).Received()) {
      if (received.has_suspend()) worker(0).Say(answer);
      if (!received.has_check_idle()) continue;
      worker::v1::ControlRequest idle;
      idle.mutable_idle_status()->set_number(received.check_idle().number());
      idle.mutable_idle_status()->set_idle(true);
      worker(0).Say(idle);
    }
  }
  EXPECT_THAT(worker(0).process.calls, IsEmpty());
  worker(0).Exit();
  EXPECT_EQ(LastEnd().exit.detail, "for 20m, and could not be suspended: busy");
}

TEST_F(Idleness, IsOverBeforeASuspendedWorkerIsStopped) {
  OpenReady(Suspend());
  Live(absl::Minutes(22), absl::Seconds(30));
  pool_->Close();
  EXPECT_THAT(worker(0).process.calls, ElementsAre("freeze", "thaw"));
  EXPECT_TRUE(worker(0).WasAskedToShutDown());
}

TEST_F(Idleness, OfOneOfSeveralEndsThatOne) {
  PoolOptions options = Terminate();
  options.max_processes = 2;
  OpenReady(options);
  Call();
  worker(0).Accept(1);
  Live(absl::Minutes(22), absl::Minutes(1));
  worker(1).Exit();
  EXPECT_EQ(pool_->Info().workers.size(), 1U);
  Call();
  EXPECT_EQ(started(), 3U) << "the other has work already, so there is some for two";
}

class Limits : public PoolTest {};

TEST_F(Limits, OnMemoryKillAWorkerBeyondThem) {
  PoolOptions options = QuietOptions();
  options.resource_limits.memory_kib = 256 << 10;
  OpenReady(options);
  worker(0).process.memory = 256 << 20;
  timers_.Advance(absl::Minutes(1));
  EXPECT_FALSE(worker(0).WasKilled());
  worker(0).process.memory = 512 << 20;
  timers_.Advance(absl::Milliseconds(200));
  EXPECT_TRUE(worker(0).WasKilled());
  worker(0).End(SIGKILL);
  EXPECT_EQ(LastEnd().exit.reason, ExitReason::kLimitPassed);
  EXPECT_EQ(LastEnd().exit.detail, "memory 512 MiB, limit 256 MiB");
}

TEST_F(Limits, OnMemoryCountWhatPluginsHaveStarted) {
  PoolOptions options = QuietOptions();
  options.resource_limits.memory_kib = 256 << 10;
  OpenReady(options);
  worker(0).process.memory = 10 << 20;
  worker(0).process.usage.memory_bytes = 300 << 20;
  timers_.Advance(absl::Seconds(1));
  EXPECT_TRUE(worker(0).WasKilled());
  worker(0).End(SIGKILL);
  EXPECT_EQ(LastEnd().exit.detail, "memory of all its processes 300 MiB, limit 256 MiB");
}

TEST_F(Limits, OnCpuKillAWorkerThatHasUsedUpWhatIsItsForTheInterval) {
  PoolOptions options = QuietOptions();
  options.resource_limits.cpu_percent = 20;
  options.resource_limits.cpu_reset_interval = absl::Seconds(100);
  OpenReady(options);
  absl::Duration& used = worker(0).process.usage.cpu_time;
  used = absl::Seconds(500);  // before it was looked at
  for (int i = 0; i < 300; ++i) {
    timers_.Advance(absl::Seconds(1));
    used += absl::Milliseconds(190);
  }
  EXPECT_FALSE(worker(0).WasKilled());
  for (int i = 0; i < 200 && !worker(0).WasKilled(); ++i) {
    timers_.Advance(absl::Seconds(1));
    used += absl::Seconds(1);
  }
  ASSERT_TRUE(worker(0).WasKilled());
  worker(0).End(SIGKILL);
  EXPECT_EQ(LastEnd().exit.reason, ExitReason::kLimitPassed);
  EXPECT_THAT(LastEnd().exit.detail,
              testing::MatchesRegex("CPU 2.* within .*, limit 20% of 1m40s"));
}

TEST_F(Limits, OfTheKernelAreNotSampled) {
  PoolOptions options = QuietOptions();
  options.resource_limits.memory_kib = 1;
  options.resource_limits.cpu_percent = 1;
  options.resource_limits.cpu_reset_interval = absl::Seconds(1);
  Open(options);
  worker(0).process.kernel_limits = true;
  worker(0).process.memory = 300 << 20;
  worker(0).process.usage = {absl::Hours(1), 300 << 20};
  worker(0).BecomeReady();
  timers_.Advance(absl::Minutes(1));
  EXPECT_FALSE(worker(0).WasKilled());
}

TEST_F(Limits, ThatTheKernelKeepsAreTheReason) {
  OpenReady(QuietOptions());
  worker(0).worker->OnControlClosed();
  worker(0).worker->OnResultsClosed();
  worker(0).ended = true;
  WorkerExit exit;
  exit.signal = SIGKILL;
  exit.reason = ExitReason::kLimitPassed;
  exit.detail = "memory limit 256 MiB";
  worker(0).worker->OnExited(exit);
  EXPECT_EQ(LastEnd().exit.reason, ExitReason::kLimitPassed);
  EXPECT_EQ(LastEnd().exit.detail, "memory limit 256 MiB");
}

TEST_F(Limits, AreSeenInSamples) {
  OpenReady(QuietOptions());
  worker(0).process.stats = {absl::Seconds(3), 5 << 20, 4 << 20, 90 << 20, 12, 7};
  timers_.Advance(absl::Seconds(5));
  const WorkerInfo info = pool_->Info().workers.at(0);
  EXPECT_EQ(info.cpu_time, absl::Seconds(3));
  EXPECT_EQ(info.resident_bytes, 5U << 20);
  EXPECT_EQ(info.private_bytes, 4U << 20);
  EXPECT_EQ(info.virtual_bytes, 90U << 20);
  EXPECT_EQ(info.descriptors, 12);
  EXPECT_EQ(info.threads, 7);
}

}  // namespace
}  // namespace rsca::workers
