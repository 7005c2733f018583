// How a pool keeps its workers: starting, failing, stopping, and the calls meanwhile.
#include "server/workers/worker_pool.h"

#include "tests/unit/server/workers/pool_fixture.h"

namespace rsca::workers {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Received = worker::v1::ControlResponse;

using Pool = PoolTest;

TEST_F(Pool, StartsItsWorkerAndServesWhenThatIsReady) {
  Open(QuietOptions());
  EXPECT_EQ(pool_->Info().state, PoolState::kStarting);
  EXPECT_EQ(started(), 1U);
  worker(0).BecomeReady();
  const PoolInfo info = pool_->Info();
  EXPECT_EQ(info.state, PoolState::kRunning);
  ASSERT_EQ(info.workers.size(), 1U);
  EXPECT_EQ(info.workers[0].name, "a-1");
  EXPECT_EQ(info.workers[0].pid, 1001);
  EXPECT_EQ(info.workers[0].state, WorkerState::kReady);
  EXPECT_THAT(listener_.health, ElementsAre(false, true));
  EXPECT_THAT(Events(), ElementsAre("WORKER_STARTED", "WORKER_READY", "POOL_RUNNING"));
}

TEST_F(Pool, IsNotHealthyWithoutOneOfItsProtocolManagers) {
  Open(QuietOptions());
  worker(0).connected = true;
  worker(0).worker->OnControlOpened();
  worker(0).worker->OnResultsOpened();
  worker::v1::ControlRequest ready;
  ready.mutable_ready()->add_failures()->set_protocol_manager("broken");
  ready.mutable_ready()->mutable_failures(0)->set_message("no such file");
  worker(0).Say(ready);
  EXPECT_THAT(listener_.health, ElementsAre(false));
  EXPECT_THAT(pool_->Info().load_failures, ElementsAre("broken: no such file"));
  EXPECT_EQ(pool_->Info().state, PoolState::kRunning);
}

TEST_F(Pool, KnowsWhatAProtocolManagerHadThatCannotBeLoadedAnyMore) {
  Open(QuietOptions());
  EXPECT_THAT(pool_->gaps(), ElementsAre("the worker of pool a is starting"));
  PlayedWorker& first = worker(0);
  first.connected = true;
  first.worker->OnControlOpened();
  first.worker->OnResultsOpened();
  worker::v1::ControlRequest ready;
  for (const char* manager : {"kept", "lost"}) {
    worker::v1::FunctionInfo* function = ready.mutable_ready()->add_functions();
    function->set_name(std::string("f.") + manager);
    function->set_protocol_manager(manager);
  }
  first.Say(ready);
  EXPECT_THAT(pool_->gaps(), IsEmpty());
  first.Crash();
  timers_.Advance(absl::Milliseconds(100));
  const auto waiting = Call("f.lost");
  PlayedWorker& second = worker(1);
  second.connected = true;
  second.worker->OnControlOpened();
  second.worker->OnResultsOpened();
  ready.mutable_ready()->mutable_functions()->RemoveLast();
  ready.mutable_ready()->add_failures()->set_protocol_manager("lost");
  ready.mutable_ready()->mutable_failures(0)->set_message("no such file");
  second.Say(ready);
  EXPECT_THAT(waiting->events, ElementsAre("refused PROTOCOL_MANAGER_NOT_LOADED"));
  EXPECT_EQ(Refused("f.lost"), "PROTOCOL_MANAGER_NOT_LOADED");
  EXPECT_THAT(pool_->gaps(), ElementsAre("pool a could not load lost: no such file"));
  EXPECT_EQ(pool_->functions().size(), 2U);
  EXPECT_EQ(pool_->FindFunction("f.kept")->unavailable_reason, "");
  EXPECT_EQ(pool_->FindFunction("f.lost")->unavailable_reason, "no such file");
  EXPECT_EQ(pool_->FindFunction("f.lost")->pool, "a");
  EXPECT_EQ(pool_->FindFunction("f.lost")->protocol_manager, "lost");
}

TEST_F(Pool, SaysUntilWhenAWorkerIsHeldBack) {
  OpenReady(QuietOptions());
  EXPECT_EQ(pool_->Info().held_back_until, absl::InfinitePast());
  worker(0).Crash();
  timers_.Advance(absl::Milliseconds(100));
  const absl::Time before = absl::Now();
  worker(1).Exit(1);  // held back for 200 ms
  timers_.Advance(absl::Milliseconds(50));
  const absl::Time until = pool_->Info().held_back_until;
  EXPECT_GE(until, before + absl::Milliseconds(150));
  EXPECT_LE(until, absl::Now() + absl::Milliseconds(150));
  const absl::Status refused =
      pool_->Start({"f", "{}", false, 100}, std::make_shared<Conversation>()).status();
  EXPECT_EQ(RetryDelay(refused), absl::Milliseconds(150));
  EXPECT_EQ(refused.message(), "pool a has no worker now: the last one died, the next is held back")
      << "when to try again is said once";
  timers_.Advance(absl::Milliseconds(150));
  EXPECT_EQ(pool_->Info().held_back_until, absl::InfinitePast());
}

TEST_F(Pool, CallsWaitForAWorkerThatStarts) {
  Open(QuietOptions());
  const auto conversation = Call();
  EXPECT_THAT(conversation->events, IsEmpty());
  worker(0).BecomeReady();
  EXPECT_EQ(worker(0).CountReceived(Received::kStart), 1);
  worker(0).Accept(1);
  EXPECT_THAT(conversation->events, ElementsAre("started"));
}

TEST_F(Pool, ACallThatWaitsCanBeTakenBack) {
  Open(QuietOptions());
  const auto conversation = Call();
  handles_[0]->Stop(true);
  EXPECT_THAT(conversation->events, IsEmpty()) << "the caller may hold locks";
  timers_.Advance(absl::ZeroDuration());
  EXPECT_THAT(conversation->events, ElementsAre("refused CALL_TAKEN_BACK"));
  worker(0).BecomeReady();
  EXPECT_EQ(worker(0).CountReceived(Received::kStart), 0);
}

TEST_F(Pool, AHandleThatWaitedStopsAndGrantsWhatHasBegun) {
  Open(QuietOptions());
  Call();
  worker(0).BecomeReady();
  handles_[0]->Stop(false);
  handles_[0]->Grant(5);
  EXPECT_EQ(worker(0).CountReceived(Received::kStop), 1);
  std::string credits;
  ASSERT_TRUE(worker(0).worker->credit_outbox()->Pop(&credits));
  absl::string_view rest = credits;
  CreditFrame credit;
  ASSERT_TRUE(ConsumeCredit(&rest, &credit));
  EXPECT_EQ(credit.bytes, 5U);
}

TEST_F(Pool, AHandleThatWaitedDoesNotKeepItsListener) {
  Open(QuietOptions());
  const std::weak_ptr<Conversation> begun = Call();
  worker(0).BecomeReady();
  worker(0).Accept(1);
  worker(0).Finish(1);
  EXPECT_TRUE(begun.expired());
}

TEST_F(Pool, AHandleThatWaitedInVainDoesNotKeepItsListener) {
  Open(QuietOptions());
  const std::weak_ptr<Conversation> refused = Call();
  worker(0).Exit(3);
  EXPECT_TRUE(refused.expired());
}

TEST_F(Pool, CallsThatWaitedForAWorkerThatDiedAreRefused) {
  Open(QuietOptions());
  const auto conversation = Call();
  worker(0).Exit(3);
  EXPECT_THAT(conversation->events, ElementsAre("refused WORKER_UNAVAILABLE"));
  EXPECT_EQ(Refused(), "WORKER_UNAVAILABLE");
  EXPECT_EQ(pool_->Info().state, PoolState::kHeldBack);
}

TEST_F(Pool, AWorkerThatIsNotReadyInTimeIsKilledAndStartedAgain) {
  PoolOptions options = QuietOptions();
  Open(options);
  timers_.Advance(absl::Seconds(90) - absl::Milliseconds(1));
  EXPECT_FALSE(worker(0).WasKilled());
  timers_.Advance(absl::Milliseconds(1));
  EXPECT_TRUE(worker(0).WasKilled());
  worker(0).End(SIGKILL);
  EXPECT_EQ(LastEnd().exit.reason, ExitReason::kStartupTimeLimit);
  EXPECT_THAT(DescribeExit(LastEnd().exit),
              "was not ready in time (limit 1m30s) and was killed by signal 9 (Killed)");
  timers_.Advance(absl::Milliseconds(100));
  EXPECT_EQ(started(), 2U);
}

TEST_F(Pool, AProcessThatCannotBeStartedIsAFailureWithItsReason) {
  starter_.failure = absl::NotFoundError("no such program");
  Open(QuietOptions());
  EXPECT_EQ(LastEnd().exit.reason, ExitReason::kNotStarted);
  EXPECT_EQ(DescribeExit(LastEnd().exit), "could not be started: no such program");
  EXPECT_EQ(pool_->Info().failures, 1);
  starter_.failure = absl::OkStatus();
  timers_.Advance(absl::Milliseconds(100));
  EXPECT_EQ(started(), 1U);
}

TEST_F(Pool, WaitsTwiceAsLongAfterEachDeathInARow) {
  Open(QuietOptions());
  absl::Duration wait = absl::Milliseconds(100);
  for (size_t i = 0; i < 12; ++i) {
    worker(i).Exit(1);
    timers_.Advance(wait - absl::Milliseconds(1));
    ASSERT_EQ(started(), i + 1) << wait;
    timers_.Advance(absl::Milliseconds(1));
    ASSERT_EQ(started(), i + 2) << wait;
    wait = std::min(wait * 2, absl::Seconds(30));
  }
  worker(12).BecomeReady();
  timers_.Advance(absl::Seconds(31));
  worker(12).Crash();
  timers_.Advance(absl::Milliseconds(100));
  EXPECT_EQ(started(), 14U) << "one that worked for long begins anew";
}

TEST_F(Pool, SaysOfADeathWhatItWas) {
  OpenReady(QuietOptions());
  const auto conversation = Call();
  worker(0).Accept(1);
  worker(0).Crash();
  EXPECT_THAT(conversation->events, ElementsAre("started", "died"));
  EXPECT_EQ(conversation->exit.reason, ExitReason::kSignalled);
  EXPECT_EQ(conversation->exit.signal, SIGSEGV);
  EXPECT_EQ(LastEnd().worker, "a-1");
  EXPECT_EQ(LastEnd().exit.pid, 1001);
  EXPECT_THAT(listener_.health, ElementsAre(false, true, false));
  timers_.Advance(absl::Milliseconds(100));
  worker(1).BecomeReady();
  EXPECT_THAT(Events(),
              ElementsAre("WORKER_STARTED", "WORKER_READY", "POOL_RUNNING", "WORKER_ENDED",
                          "WORKER_STARTED", "WORKER_READY", "POOL_RUNNING"));
}

TEST_F(Pool, AWorkerThatExitsUnaskedHasFailedWhateverItsStatus) {
  OpenReady(QuietOptions());
  worker(0).Exit(0);
  EXPECT_EQ(LastEnd().exit.reason, ExitReason::kExited);
  EXPECT_EQ(pool_->Info().failures, 1);
}

TEST_F(Pool, AWorkerThatLosesItsLinkIsKilledUnlessItEnds) {
  OpenReady(QuietOptions());
  worker(0).worker->OnControlClosed();
  const auto conversation = Call();
  EXPECT_THAT(conversation->events, IsEmpty()) << "it waits for what becomes of the worker";
  timers_.Advance(absl::Seconds(5));
  EXPECT_TRUE(worker(0).WasKilled());
  worker(0).connected = false;
  worker(0).worker->OnResultsClosed();
  worker(0).End(SIGKILL);
  EXPECT_EQ(LastEnd().exit.reason, ExitReason::kLinkLost);
  EXPECT_THAT(conversation->events, ElementsAre("refused WORKER_UNAVAILABLE"));
}

TEST_F(Pool, KeepsTheLastTwentyEnds) {
  Open(QuietOptions());
  for (size_t i = 0; i < 25; ++i) {
    worker(i).Exit(static_cast<int>(i));
    timers_.Advance(absl::Seconds(30));
  }
  const PoolInfo info = pool_->Info();
  ASSERT_EQ(info.last_ends.size(), 20U);
  EXPECT_EQ(info.last_ends.front().exit.exit_status, 24);
  EXPECT_EQ(info.starts, 26);
  EXPECT_EQ(info.failures, 25);
}

TEST_F(Pool, ClosesByAskingThenKilling) {
  OpenReady(QuietOptions());
  pool_->Close();
  EXPECT_TRUE(worker(0).WasAskedToShutDown());
  EXPECT_FALSE(pool_->WaitUntilGone(absl::ZeroDuration()));
  timers_.Advance(absl::Seconds(90));
  EXPECT_TRUE(worker(0).WasKilled());
  worker(0).End(SIGKILL);
  EXPECT_TRUE(pool_->WaitUntilGone(absl::ZeroDuration()));
  EXPECT_EQ(LastEnd().exit.reason, ExitReason::kShutdownTimeLimit);
  timers_.Advance(absl::Hours(1));
  EXPECT_EQ(started(), 1U);
}

class SeveralWorkers : public PoolTest {
 protected:
  static PoolOptions Options() {
    PoolOptions options = QuietOptions();
    options.max_processes = 3;
    return options;
  }
};

TEST_F(SeveralWorkers, AreAllStarted) {
  Open(Options());
  EXPECT_EQ(started(), 3U);
  worker(1).BecomeReady();
  EXPECT_EQ(pool_->Info().state, PoolState::kRunning);
}

TEST_F(SeveralWorkers, ShareCallsByTheirConversations) {
  OpenReady(Options());
  for (int i = 0; i < 6; ++i) Call();
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(worker(i).worker->counts().conversations, 2);
  worker(1).Accept(1);
  worker(1).Finish(1);
  Call();
  EXPECT_EQ(worker(1).worker->counts().conversations, 2);
}

TEST_F(SeveralWorkers, GoOnWhenOneDies) {
  OpenReady(Options());
  worker(0).Crash();
  EXPECT_EQ(pool_->Info().state, PoolState::kRunning);
  EXPECT_THAT(listener_.health, ElementsAre(false, true));
  Call();
  timers_.Advance(absl::Milliseconds(100));
  EXPECT_EQ(started(), 4U);
}

class StoppedPool : public PoolTest {
 protected:
  static PoolOptions Protected() {
    PoolOptions options = QuietOptions();
    options.rapid_fail_protection.enabled = true;
    return options;
  }
};

TEST_F(StoppedPool, EndsItsConversationsAndRefusesCallsUntilItIsStarted) {
  OpenReady(QuietOptions());
  const auto conversation = Call();
  worker(0).Accept(1);
  pool_->Stop("maintenance");
  EXPECT_EQ(pool_->Info().state, PoolState::kStopping);
  EXPECT_TRUE(worker(0).WasAskedToShutDown());
  worker(0).Exit();
  EXPECT_THAT(conversation->events, ElementsAre("started", "recycled"));
  EXPECT_EQ(conversation->exit.reason, ExitReason::kStopped);
  EXPECT_EQ(conversation->exit.detail, "maintenance");
  const PoolInfo info = pool_->Info();
  EXPECT_EQ(info.state, PoolState::kStopped);
  EXPECT_EQ(info.stop_reason, "maintenance");
  EXPECT_EQ(info.failures, 0);
  EXPECT_EQ(Refused(), "POOL_STOPPED");
  EXPECT_THAT(listener_.health, ElementsAre(false, true, false));
  timers_.Advance(absl::Hours(1));
  EXPECT_EQ(started(), 1U);

  pool_->StartAgain();
  EXPECT_EQ(started(), 2U);
  worker(1).BecomeReady();
  EXPECT_EQ(pool_->Info().state, PoolState::kRunning);
  EXPECT_EQ(pool_->Info().stop_reason, "");
  EXPECT_EQ(Events().back(), "POOL_RUNNING");
  EXPECT_THAT(Events(), Contains("POOL_STOPPED"));
}

TEST_F(StoppedPool, RefusesCallsThatWaited) {
  Open(QuietOptions());
  const auto conversation = Call();
  pool_->Stop("maintenance");
  EXPECT_THAT(conversation->events, ElementsAre("refused POOL_STOPPED"));
}

TEST_F(StoppedPool, CannotBeRecycled) {
  OpenReady(QuietOptions());
  pool_->Stop("maintenance");
  EXPECT_EQ(ErrorReason(pool_->Recycle("why")), "POOL_STOPPED");
  EXPECT_EQ(ErrorReason(pool_->RecycleWorker("a-1", "why")), "POOL_STOPPED");
  EXPECT_EQ(ErrorReason(pool_->RecycleWorker("a-9", "why")), "WORKER_NOT_FOUND");
}

// IIS: rapidFailProtectionMaxCrashes 5 within rapidFailProtectionInterval 5 minutes.
TEST_F(StoppedPool, IsWhatFiveFailuresWithinFiveMinutesLeadTo) {
  Open(Protected());
  for (size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(pool_->Info().recent_failures, static_cast<int>(i));
    worker(i).Exit(3);
    timers_.Advance(absl::Seconds(30));
  }
  const PoolInfo info = pool_->Info();
  EXPECT_EQ(info.state, PoolState::kStopped);
  EXPECT_EQ(info.stop_reason,
            "rapid-fail protection: 5 failures within 5m; the last: worker a-5 exited with status "
            "3");
  EXPECT_EQ(Refused(), "POOL_STOPPED");
  EXPECT_EQ(started(), 5U);
  EXPECT_EQ(Events().back(), "POOL_STOPPED");

  pool_->StartAgain();
  EXPECT_EQ(pool_->Info().recent_failures, 0);
  worker(5).Exit(3);
  EXPECT_EQ(pool_->Info().state, PoolState::kHeldBack) << "its failures count from 0 again";
}

TEST_F(StoppedPool, IsNotWhatOldFailuresLeadTo) {
  Open(Protected());
  for (size_t i = 0; i < 20; ++i) {
    worker(i).Exit(3);
    timers_.Advance(absl::Minutes(2));
  }
  EXPECT_EQ(pool_->Info().recent_failures, 2);
  EXPECT_EQ(started(), 21U);
}

TEST_F(StoppedPool, StopsTheOtherWorkersToo) {
  PoolOptions options = Protected();
  options.max_processes = 2;
  options.rapid_fail_protection.max_failures = 1;
  OpenReady(options);
  worker(0).Crash();
  EXPECT_TRUE(worker(1).WasAskedToShutDown());
  worker(1).Exit();
  EXPECT_EQ(LastEnd().exit.reason, ExitReason::kStopped);
  EXPECT_EQ(pool_->Info().state, PoolState::kStopped);
}

class QuarantineTest : public PoolTest {
 protected:
  static PoolOptions Options() {
    PoolOptions options = QuietOptions();
    options.quarantine.enabled = true;
    return options;
  }
  // The newest worker becomes ready and dies in a call.
  void DieIn(const std::string& function) {
    PlayedWorker& played = worker(started() - 1);
    played.BecomeReady();
    Call(function);
    played.Crash();
    timers_.Advance(absl::Seconds(10));
  }
};

TEST_F(QuarantineTest, RefusesTheActionThatKilledThreeWorkersAndNoOther) {
  Open(Options());
  for (int i = 0; i < 3; ++i) DieIn("f");
  worker(3).BecomeReady();
  const auto refused = pool_->Start({"f", "{}", false, 100}, std::make_shared<Conversation>());
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ErrorReason(refused.status()), "ACTION_QUARANTINED");
  EXPECT_EQ(ErrorMetadata(refused.status(), "function"), "f");
  const std::string until = ErrorMetadata(refused.status(), "until").value_or("");
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, until, &time, &error)) << until << error;
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr(until));
  Call("g");
  const PoolInfo info = pool_->Info();
  ASSERT_EQ(info.quarantined.size(), 1U);
  EXPECT_EQ(info.quarantined[0].function, "f");
  EXPECT_EQ(info.quarantined[0].deaths, 3);
  EXPECT_THAT(Events(), Contains("FUNCTION_QUARANTINED"));
}

TEST_F(QuarantineTest, EndsAfterItsTime) {
  Open(Options());
  for (int i = 0; i < 3; ++i) DieIn("f");
  worker(3).BecomeReady();
  timers_.Advance(absl::Minutes(10) - absl::Seconds(11));
  EXPECT_EQ(Refused("f"), "ACTION_QUARANTINED");
  timers_.Advance(absl::Seconds(1));
  Call("f");
  EXPECT_THAT(pool_->Info().quarantined, IsEmpty());
  EXPECT_EQ(Events().back(), "FUNCTION_RELEASED");
  worker(3).Crash();
  timers_.Advance(absl::Seconds(1));
  worker(4).BecomeReady();
  Call("f");
}

TEST_F(QuarantineTest, CountsDeathsWithinItsIntervalOnly) {
  Open(Options());
  DieIn("f");
  DieIn("f");
  timers_.Advance(absl::Minutes(5));
  DieIn("f");
  worker(3).BecomeReady();
  Call("f");
}

TEST_F(QuarantineTest, DoesNotCountWorkersThatWereStopped) {
  PoolOptions options = Options();
  options.quarantine.max_failures = 1;
  OpenReady(options);
  Call("f");
  pool_->Stop("why");
  worker(0).Exit();
  pool_->StartAgain();
  worker(1).BecomeReady();
  Call("f");
}

TEST_F(QuarantineTest, RefusesCallsThatWaitForAWorker) {
  PoolOptions options = Options();
  options.quarantine.max_failures = 1;
  options.max_processes = 2;
  Open(options);
  worker(0).BecomeReady();
  Call("f");
  worker(0).worker->OnControlClosed();  // it is about to end
  const auto waiting = Call("f");
  worker(0).worker->OnResultsClosed();
  worker(0).connected = false;
  worker(0).Crash();
  worker(1).BecomeReady();
  EXPECT_THAT(waiting->events, ElementsAre("refused ACTION_QUARANTINED"));
}

}  // namespace
}  // namespace rsca::workers
