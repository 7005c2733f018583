// How a pool replaces its workers.
#include "tests/unit/server/workers/pool_fixture.h"

namespace rsca::workers {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Recycling : public PoolTest {
 protected:
  static PoolOptions WithoutOverlap() {
    PoolOptions options = QuietOptions();
    options.disallow_overlapping_rotation = true;
    return options;
  }
};

TEST_F(Recycling, HasTheNewWorkerReadyFirst) {
  OpenReady(QuietOptions());
  ASSERT_TRUE(pool_->Recycle("new version").ok());
  EXPECT_EQ(started(), 2U);
  EXPECT_TRUE(worker(1).worker->recycled());
  EXPECT_FALSE(worker(0).worker->recycled());
  Call();
  EXPECT_EQ(worker(0).worker->counts().conversations, 1) << "the old one takes calls until then";
  worker(0).Accept(1);
  worker(1).BecomeReady();
  EXPECT_EQ(pool_->Info().workers.at(0).state, WorkerState::kReplacing);
  Call();
  EXPECT_EQ(worker(1).worker->counts().conversations, 1);
  EXPECT_EQ(pool_->Info().recycles, 1);
  EXPECT_THAT(listener_.health, ElementsAre(false, true)) << "without a gap";
}

TEST_F(Recycling, AsksAWorkerWithoutConversationsToEndAtOnce) {
  OpenReady(QuietOptions());
  pool_->Recycle("new version").IgnoreError();
  EXPECT_FALSE(worker(0).WasAskedToShutDown());
  worker(1).BecomeReady();
  EXPECT_TRUE(worker(0).WasAskedToShutDown());
  worker(0).Exit();
  EXPECT_EQ(LastEnd().exit.reason, ExitReason::kRecycled);
  EXPECT_EQ(DescribeExit(LastEnd().exit), "was recycled: new version");
  EXPECT_EQ(pool_->Info().failures, 0);
  EXPECT_EQ(started(), 2U);
}

TEST_F(Recycling, LetsConversationsFinishAndTellsThem) {
  OpenReady(QuietOptions());
  const auto conversation = Call();
  worker(0).Accept(1);
  pool_->Recycle("new version").IgnoreError();
  EXPECT_THAT(conversation->events, ElementsAre("started"));
  worker(1).BecomeReady();
  EXPECT_THAT(conversation->events, ElementsAre("started", "replaced new version"));
  EXPECT_FALSE(worker(0).WasAskedToShutDown());
  worker(0).Finish(1);
  EXPECT_THAT(conversation->events, ElementsAre("started", "replaced new version", "final"));
  EXPECT_TRUE(worker(0).WasAskedToShutDown());
}

TEST_F(Recycling, EndsConversationsThatTakeLongerThanTheShutdownTimeLimit) {
  OpenReady(QuietOptions());
  const auto conversation = Call();
  worker(0).Accept(1);
  pool_->Recycle("new version").IgnoreError();
  worker(1).BecomeReady();
  timers_.Advance(absl::Seconds(72) - absl::Milliseconds(1));
  EXPECT_FALSE(worker(0).WasAskedToShutDown());
  timers_.Advance(absl::Milliseconds(1));
  EXPECT_TRUE(worker(0).WasAskedToShutDown());
  worker(0).Exit();
  EXPECT_EQ(conversation->events.back(), "recycled");
  EXPECT_EQ(conversation->exit.reason, ExitReason::kRecycled);
  EXPECT_EQ(conversation->exit.detail, "new version");
}

TEST_F(Recycling, KillsAWorkerThatDoesNotEndWithinTheShutdownTimeLimit) {
  OpenReady(QuietOptions());
  const auto conversation = Call();
  worker(0).Accept(1);
  pool_->Recycle("new version").IgnoreError();
  worker(1).BecomeReady();
  timers_.Advance(absl::Seconds(90) - absl::Milliseconds(1));
  EXPECT_FALSE(worker(0).WasKilled());
  timers_.Advance(absl::Milliseconds(1));
  EXPECT_TRUE(worker(0).WasKilled());
  worker(0).End(SIGKILL);
  EXPECT_EQ(conversation->events.back(), "recycled");
  EXPECT_EQ(LastEnd().exit.reason, ExitReason::kShutdownTimeLimit);
  EXPECT_EQ(DescribeExit(LastEnd().exit),
            "did not shut down in time (limit 1m30s; new version) and was killed by signal 9 "
            "(Killed)");
  EXPECT_EQ(pool_->Info().failures, 0);
}

TEST_F(Recycling, LeavesTheOldWorkerWhenTheNewOneFails) {
  OpenReady(QuietOptions());
  pool_->Recycle("new version").IgnoreError();
  worker(1).Exit(3);
  const PoolInfo info = pool_->Info();
  ASSERT_EQ(info.workers.size(), 1U);
  EXPECT_EQ(info.workers[0].name, "a-1");
  EXPECT_EQ(info.workers[0].state, WorkerState::kReady);
  EXPECT_EQ(info.failures, 1);
  EXPECT_EQ(info.recycles, 0);
  EXPECT_EQ(LastEnd().worker, "a-2");
  Call();
  EXPECT_EQ(worker(0).worker->counts().conversations, 1);
  timers_.Advance(absl::Hours(1));
  EXPECT_EQ(started(), 2U);
  pool_->Recycle("again").IgnoreError();
  worker(2).BecomeReady();
  EXPECT_EQ(pool_->Info().recycles, 1);
}

TEST_F(Recycling, GoesOnWithTheNewWorkerWhenTheOldOneDiesMeanwhile) {
  OpenReady(QuietOptions());
  pool_->Recycle("new version").IgnoreError();
  worker(0).Crash();
  const auto conversation = Call();
  timers_.Advance(absl::Minutes(1));
  EXPECT_EQ(started(), 2U);
  worker(1).BecomeReady();
  worker(1).Accept(1);
  EXPECT_THAT(conversation->events, ElementsAre("started"));
}

TEST_F(Recycling, CountsTheDeathOfAReplacedWorkerButStartsNoOther) {
  OpenReady(QuietOptions());
  Call();
  worker(0).Accept(1);
  pool_->Recycle("new version").IgnoreError();
  worker(1).BecomeReady();
  worker(0).Crash();
  EXPECT_EQ(LastEnd().exit.reason, ExitReason::kSignalled);
  EXPECT_EQ(pool_->Info().failures, 1);
  EXPECT_EQ(pool_->Info().state, PoolState::kRunning);
  timers_.Advance(absl::Hours(1));
  EXPECT_EQ(started(), 2U);
}

TEST_F(Recycling, HappensOnceHoweverOftenItIsAskedFor) {
  OpenReady(QuietOptions());
  for (int i = 0; i < 3; ++i) pool_->Recycle("new version").IgnoreError();
  EXPECT_EQ(started(), 2U);
}

TEST_F(Recycling, OfAWorkerThatStartsComesWhenItIsReady) {
  Open(QuietOptions());
  pool_->Recycle("new version").IgnoreError();
  EXPECT_EQ(started(), 1U);
  worker(0).BecomeReady();
  EXPECT_EQ(started(), 2U);
  worker(1).BecomeReady();
  EXPECT_EQ(started(), 2U);
}

TEST_F(Recycling, OfOneOfSeveralLeavesTheOthers) {
  PoolOptions options = QuietOptions();
  options.max_processes = 2;
  OpenReady(options);
  ASSERT_TRUE(pool_->RecycleWorker("a-2", "why").ok());
  worker(2).BecomeReady();
  EXPECT_TRUE(worker(1).WasAskedToShutDown());
  EXPECT_FALSE(worker(0).WasAskedToShutDown());
}

TEST_F(Recycling, WithoutOverlapEndsTheOldWorkerFirstAndCallsWait) {
  OpenReady(WithoutOverlap());
  pool_->Recycle("new version").IgnoreError();
  EXPECT_EQ(started(), 1U);
  EXPECT_TRUE(worker(0).WasAskedToShutDown());
  const auto conversation = Call();
  EXPECT_EQ(pool_->Info().state, PoolState::kRunning);
  worker(0).Exit();
  EXPECT_EQ(started(), 2U);
  EXPECT_TRUE(worker(1).worker->recycled());
  worker(1).BecomeReady();
  worker(1).Accept(1);
  EXPECT_THAT(conversation->events, ElementsAre("started"));
  EXPECT_EQ(pool_->Info().recycles, 1);
}

TEST_F(Recycling, WithoutOverlapStartsTheNewWorkerAlsoAfterAKill) {
  OpenReady(WithoutOverlap());
  pool_->Recycle("new version").IgnoreError();
  timers_.Advance(absl::Seconds(90));
  worker(0).End(SIGKILL);
  EXPECT_EQ(LastEnd().exit.reason, ExitReason::kShutdownTimeLimit);
  EXPECT_EQ(started(), 2U);
}

TEST_F(Recycling, WakesASuspendedWorkerToEndIt) {
  PoolOptions options = QuietOptions();
  options.idle_timeout = absl::Minutes(20);
  options.suspend_when_idle = true;
  OpenReady(options);
  Live(absl::Minutes(22), absl::Seconds(30));
  pool_->Recycle("new version").IgnoreError();
  worker(1).BecomeReady();
  EXPECT_THAT(worker(0).process.calls, ElementsAre("freeze", "thaw"));
  EXPECT_TRUE(worker(0).WasAskedToShutDown());
}

TEST_F(Recycling, IsWhatAPluginCanAskFor) {
  OpenReady(QuietOptions());
  worker::v1::ControlRequest message;
  message.mutable_request()->set_recycle("configuration changed");
  worker(0).Say(message);
  ASSERT_EQ(started(), 2U);
  worker(1).BecomeReady();
  worker(0).Exit();
  EXPECT_EQ(LastEnd().exit.detail, "a plug-in asked for it: configuration changed");
}

class PeriodicRestart : public PoolTest {
 protected:
  // Makes the replacement ready, and returns why the old one went.
  std::string Why(size_t old) {
    if (started() != old + 2) return absl::StrCat(started(), " were started");
    worker(old + 1).BecomeReady();
    worker(old).Exit();
    return LastEnd().exit.detail;
  }
};

TEST_F(PeriodicRestart, ComesAfterTwentyNineHours) {
  PoolOptions options = QuietOptions();
  options.periodic_restart.time = absl::Hours(29);
  OpenReady(options);
  timers_.Advance(absl::Hours(29) - absl::Milliseconds(1));
  EXPECT_EQ(started(), 1U);
  timers_.Advance(absl::Milliseconds(1));
  EXPECT_EQ(Why(0), "it ran for 29h");
  timers_.Advance(absl::Hours(29));
  EXPECT_EQ(Why(1), "it ran for 29h");
}

TEST_F(PeriodicRestart, IsTriedAgainWhenTheNewWorkerFails) {
  PoolOptions options = QuietOptions();
  options.periodic_restart.time = absl::Hours(29);
  OpenReady(options);
  timers_.Advance(absl::Hours(29));
  worker(1).Exit(3);
  timers_.Advance(absl::Seconds(30));
  ASSERT_EQ(started(), 3U);
  worker(2).BecomeReady();
  worker(0).Exit();
  EXPECT_EQ(LastEnd().exit.reason, ExitReason::kRecycled);
}

TEST_F(PeriodicRestart, ComesAfterSoManyRequests) {
  PoolOptions options = QuietOptions();
  options.periodic_restart.requests = 3;
  OpenReady(options);
  for (int i = 0; i < 2; ++i) Call();
  timers_.Advance(absl::Hours(100));
  EXPECT_EQ(started(), 1U);
  Call();
  timers_.Advance(absl::ZeroDuration());
  ASSERT_EQ(started(), 2U);
  worker(1).BecomeReady();
  for (uint64_t channel = 1; channel <= 3; ++channel) {
    worker(0).Accept(channel);
    worker(0).Finish(channel);
  }
  worker(0).Exit();
  EXPECT_EQ(LastEnd().exit.detail, "3 requests, limit 3");
}

TEST_F(PeriodicRestart, DoesNotCountWhatBeginsAgain) {
  PoolOptions options = QuietOptions();
  options.periodic_restart.requests = 3;
  OpenReady(options);
  for (int i = 0; i < 10; ++i) {
    const auto conversation = std::make_shared<Conversation>();
    EXPECT_TRUE(pool_->Start({"f", "", false, 1, /*again=*/true}, conversation).ok());
  }
  timers_.Advance(absl::Minutes(1));
  EXPECT_EQ(started(), 1U);
}

TEST_F(PeriodicRestart, ComesWithPrivateMemory) {
  PoolOptions options = QuietOptions();
  options.periodic_restart.private_memory_kib = 100 << 10;
  OpenReady(options);
  worker(0).process.stats.private_bytes = 100 << 20;
  worker(0).process.stats.virtual_bytes = uint64_t{1} << 40;
  timers_.Advance(absl::Minutes(1));
  EXPECT_EQ(started(), 1U);
  worker(0).process.stats.private_bytes = (100 << 20) + (512 << 10);
  timers_.Advance(absl::Seconds(5));
  EXPECT_EQ(Why(0), "private memory 100.5 MiB, limit 100 MiB");
}

TEST_F(PeriodicRestart, ComesWithVirtualMemory) {
  PoolOptions options = QuietOptions();
  options.periodic_restart.memory_kib = 1 << 20;
  OpenReady(options);
  worker(0).process.stats.virtual_bytes = uint64_t{3} << 30;
  timers_.Advance(absl::Seconds(5));
  EXPECT_EQ(Why(0), "virtual memory 3072 MiB, limit 1024 MiB");
}

TEST_F(PeriodicRestart, ComesAtScheduledTimes) {
  PoolOptions options = QuietOptions();
  options.periodic_restart.schedule = {absl::Hours(12) + absl::Minutes(5), absl::Hours(13)};
  OpenReady(options);
  const auto pass = [this](absl::Duration time) {
    for (absl::Duration passed; passed < time; passed += absl::Seconds(1)) {
      clock_ += absl::Seconds(1);
      timers_.Advance(absl::Seconds(1));
    }
  };
  pass(absl::Minutes(5) - absl::Seconds(1));
  EXPECT_EQ(started(), 1U);
  pass(absl::Seconds(1));
  EXPECT_EQ(Why(0), "scheduled at 12:05");
  pass(absl::Minutes(54));
  EXPECT_EQ(started(), 2U);
  pass(absl::Minutes(1));
  EXPECT_EQ(Why(1), "scheduled at 13:00");
}

TEST_F(PeriodicRestart, IsOffUnlessItIsConfigured) {
  OpenReady(QuietOptions());
  worker(0).process.stats.private_bytes = uint64_t{1} << 40;
  worker(0).process.stats.virtual_bytes = uint64_t{1} << 40;
  for (int i = 0; i < 1000; ++i) Call();
  timers_.Advance(absl::Hours(1000));
  EXPECT_EQ(started(), 1U);
}

}  // namespace
}  // namespace rsca::workers
