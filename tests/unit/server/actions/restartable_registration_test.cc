// Registrations of restartable actions: their worker dies, is replaced, or does not come.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/hresult.h"
#include "common/status.h"
#include "common/worker_protocol.h"
#include "tests/unit/server/actions/registration_fixture.h"

namespace rsca::actions {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using workers::End;

// An action that may begin again.
// Of a worker that was asked to shut down when the call came.
workers::Refusal Leaving() {
  workers::Refusal refusal;
  refusal.kind = workers::Refusal::Kind::kWorkerLeaving;
  refusal.hresult = kHrShuttingDown;
  refusal.message = "the worker is shutting down";
  return refusal;
}

TEST_F(RegistrationTest, BeginsOnAnotherWorkerWhenTheFirstShutsDownBeforeItHasBegun) {
  Begin();
  const auto first = starter_.listener;
  first->OnRefused(Leaving());
  ASSERT_NE(starter_.listener, first);
  starter_.listener->OnStarted();
  EXPECT_EQ(registration_->Info().state, State::kActive);
  EXPECT_EQ(registration_->Info().last_sequence, 0u);
}

TEST_F(RegistrationTest, IsRefusedAsThePoolSaysWhenItsWorkerShutsDownAndNoOtherComes) {
  Begin();
  starter_.answer = MakeError(absl::StatusCode::kUnavailable, "POOL_STOPPED", "pool p is stopped");
  starter_.listener->OnRefused(Leaving());
  ASSERT_EQ(started_.size(), 1U);
  EXPECT_EQ(ErrorReason(started_[0]), "POOL_STOPPED");
  EXPECT_TRUE(refused_);
}

class RestartableRegistrationTest : public RegistrationTest {
 protected:
  RestartableRegistrationTest() {
    registration_.reset();
    Make(/*restartable=*/true);
    BeginActive();
    starter_.ReportAll({FakeStarter::Report("a")});
    EXPECT_THAT(Read(), ElementsAre("1:a"));
    first_ = starter_.listener;
  }

  void KillWorker() {
    End end;
    end.kind = End::Kind::kWorkerDied;
    end.exit.signal = 6;
    starter_.listener->OnEnded(end);
  }

  void RunTimers() { timers_.Advance(absl::ZeroDuration()); }

  State state() { return registration_->Info().state; }

  std::shared_ptr<workers::ActionListener> first_;
};

constexpr char kAborted[] = "!the worker process was killed by signal 6 (Aborted)";

TEST_F(RestartableRegistrationTest, BeginsAgainWhenItsWorkerDiesWithAnInterruptionInSequence) {
  KillWorker();
  EXPECT_EQ(state(), State::kRestarting);
  EXPECT_EQ(starter_.listener, first_) << "not from within the call";
  RunTimers();
  ASSERT_NE(starter_.listener, first_);
  starter_.ReportAll({FakeStarter::Report("b")});
  starter_.listener->OnStarted();
  EXPECT_EQ(state(), State::kActive);
  starter_.ReportAll({FakeStarter::Report("c", /*final=*/true)});
  EXPECT_THAT(Read(), ElementsAre(absl::StrCat("2:", kAborted)));
  EXPECT_THAT(Read(), ElementsAre("3:b", "4:c=COMPLETED"));
}

TEST_F(RestartableRegistrationTest, HearsNothingMoreFromAnEarlierConversation) {
  KillWorker();
  RunTimers();
  starter_.listener->OnStarted();
  std::vector<workers::Report> late = {FakeStarter::Report("late", /*final=*/true)};
  first_->OnReports(absl::MakeSpan(late));
  first_->OnEnded({});
  EXPECT_EQ(state(), State::kActive);
  EXPECT_EQ(registration_->Info().last_sequence, 2u);
}

TEST_F(RestartableRegistrationTest, WaitsForAWorkerAsLongAsThePoolSaysThatOneComes) {
  starter_.answer = MakeError(absl::StatusCode::kUnavailable, "WORKER_UNAVAILABLE", "soon");
  AddRetryInfo(&starter_.answer, absl::Seconds(3));
  KillWorker();
  for (int i = 0; i < 5; ++i) timers_.Advance(absl::Seconds(3));
  EXPECT_EQ(state(), State::kRestarting);
  starter_.answer = absl::OkStatus();
  timers_.Advance(absl::Seconds(3));
  starter_.listener->OnStarted();
  EXPECT_EQ(state(), State::kActive);
}

TEST_F(RestartableRegistrationTest, WaitsOnWhenTheWorkerThatItWaitedForHasDied) {
  KillWorker();
  RunTimers();
  const auto waiting = starter_.listener;
  workers::Refusal refusal;
  refusal.kind = workers::Refusal::Kind::kNoWorker;
  refusal.status = MakeError(absl::StatusCode::kUnavailable, "WORKER_UNAVAILABLE", "held back");
  AddRetryInfo(&refusal.status, absl::Seconds(3));
  waiting->OnRefused(refusal);
  EXPECT_EQ(state(), State::kRestarting);
  timers_.Advance(absl::Seconds(3));
  ASSERT_NE(starter_.listener, waiting);
  starter_.listener->OnStarted();
  EXPECT_EQ(state(), State::kActive);
  EXPECT_EQ(registration_->Info().last_sequence, 2u);
}

TEST_F(RestartableRegistrationTest, EndsWithTheCrashWhenThePoolIsStopped) {
  starter_.answer = MakeError(absl::StatusCode::kUnavailable, "POOL_STOPPED", "pool p is stopped");
  KillWorker();
  RunTimers();
  EXPECT_EQ(OutcomeKind(), Outcome::Kind::kWorkerCrashed);
  EXPECT_EQ(registration_->Info().outcome->message,
            "the worker process was killed by signal 6 (Aborted), and the action could not begin "
            "again: pool p is stopped");
  EXPECT_EQ(over_, 1);
}

TEST_F(RestartableRegistrationTest, EndsWithTheCrashWhenThePluginRefusesItNow) {
  KillWorker();
  RunTimers();
  workers::Refusal refusal;
  refusal.hresult = kHrUnexpected;
  refusal.message = "the file has gone";
  starter_.listener->OnRefused(refusal);
  EXPECT_EQ(OutcomeKind(), Outcome::Kind::kWorkerCrashed);
  EXPECT_THAT(registration_->Info().outcome->message, ::testing::HasSubstr("the file has gone"));
}

TEST_F(RestartableRegistrationTest, TriesAgainWhenTheNextWorkerDiesInTheCall) {
  KillWorker();
  RunTimers();
  workers::Refusal died;
  died.kind = workers::Refusal::Kind::kWorkerDied;
  const auto second = starter_.listener;
  second->OnRefused(died);
  RunTimers();
  EXPECT_NE(starter_.listener, second);
  EXPECT_EQ(registration_->Info().last_sequence, 2u) << "one interruption for one begin";
}

TEST_F(RestartableRegistrationTest,
       IsInterruptedOnceMoreWhenTheNextWorkerReportedAndDiedInTheCall) {
  KillWorker();
  RunTimers();
  starter_.ReportAll({FakeStarter::Report("b")});
  workers::Refusal died;
  died.kind = workers::Refusal::Kind::kWorkerDied;
  died.exit.signal = 9;
  starter_.listener->OnRefused(died);
  RunTimers();
  starter_.listener->OnStarted();
  starter_.ReportAll({FakeStarter::Report("c")});
  EXPECT_THAT(Read(), ElementsAre(absl::StrCat("2:", kAborted)));
  EXPECT_THAT(Read(), ElementsAre("3:b"));
  EXPECT_THAT(Read(), ElementsAre("4:!the worker process was killed by signal 9 (Killed)"));
  EXPECT_THAT(Read(), ElementsAre("5:c"));
}

TEST_F(RestartableRegistrationTest, TriesAgainWhenTheNextWorkerShutsDownBeforeItHasBegun) {
  KillWorker();
  RunTimers();
  const auto second = starter_.listener;
  second->OnRefused(Leaving());
  RunTimers();
  EXPECT_NE(starter_.listener, second);
  starter_.listener->OnStarted();
  EXPECT_EQ(state(), State::kActive);
  EXPECT_EQ(registration_->Info().last_sequence, 2u) << "one interruption for one begin";
}

TEST_F(RestartableRegistrationTest, TriesAgainInAWhileWhenTheWorkerHasNoThreadFree) {
  workers::Refusal busy;
  busy.hresult = kHrBusy;
  KillWorker();
  RunTimers();
  for (int i = 0; i < 3; ++i) {
    const auto refusing = starter_.listener;
    refusing->OnRefused(busy);
    RunTimers();
    EXPECT_EQ(starter_.listener, refusing) << "not at once";
    timers_.Advance(absl::Milliseconds(100));
    EXPECT_NE(starter_.listener, refusing);
    EXPECT_EQ(state(), State::kRestarting);
  }
  starter_.listener->OnStarted();
  EXPECT_EQ(state(), State::kActive);
  EXPECT_EQ(registration_->Info().last_sequence, 2u) << "one interruption for one begin";
}

TEST_F(RestartableRegistrationTest, SaysOfAMoveNothingThatAnEarlierDeathHadToSay) {
  KillWorker();
  RunTimers();
  starter_.listener->OnStarted();
  starter_.listener->OnWorkerReplaced("it is old");
  starter_.ReportAll({FakeStarter::Report("", /*final=*/true)});
  EXPECT_THAT(Read(), ElementsAre(absl::StrCat("2:", kAborted)));
  EXPECT_THAT(Read(), ElementsAre("3:!the worker process was recycled: it is old"));
}

TEST_F(RestartableRegistrationTest, MovesToTheNewWorkerOnceItHasEndedOnTheOld) {
  starter_.listener->OnWorkerReplaced("it is old");
  EXPECT_THAT(starter_.calls->stops, ElementsAre(false));
  starter_.ReportAll({FakeStarter::Report("b"), FakeStarter::Report("last", /*final=*/true)});
  RunTimers();
  ASSERT_NE(starter_.listener, first_);
  starter_.listener->OnStarted();
  starter_.ReportAll({FakeStarter::Report("c")});
  EXPECT_THAT(Read(), ElementsAre("2:b", "3:last"));
  EXPECT_THAT(Read(), ElementsAre("4:!the worker process was recycled: it is old"));
  EXPECT_THAT(Read(), ElementsAre("5:c"));
  EXPECT_EQ(state(), State::kActive);
}

TEST_F(RestartableRegistrationTest, MovesAlthoughThePluginDoesNotUnregister) {
  starter_.listener->OnWorkerReplaced("it is old");
  timers_.Advance(absl::Seconds(40));
  EXPECT_THAT(starter_.calls->stops, ElementsAre(false, true));
  RunTimers();
  EXPECT_NE(starter_.listener, first_);
}

TEST_F(RestartableRegistrationTest, IsUnregisteredWhileItMoves) {
  starter_.listener->OnWorkerReplaced("it is old");
  Unregister();
  starter_.listener->OnEnded({End::Kind::kUnregistered, 0, {}});
  EXPECT_EQ(OutcomeKind(), Outcome::Kind::kUnregistered);
}

TEST_F(RestartableRegistrationTest, IsUnregisteredWhileItWaitsForAWorker) {
  starter_.answer = MakeError(absl::StatusCode::kUnavailable, "WORKER_UNAVAILABLE", "soon");
  AddRetryInfo(&starter_.answer, absl::Seconds(3));
  KillWorker();
  RunTimers();
  Unregister();
  RunTimers();
  EXPECT_EQ(OutcomeKind(), Outcome::Kind::kUnregistered);
}

TEST_F(RestartableRegistrationTest, IsUnregisteredWhileThePluginIsAskedAgain) {
  KillWorker();
  RunTimers();
  Unregister();
  EXPECT_THAT(starter_.calls->stops, ElementsAre(false));
  workers::Refusal stopped;
  stopped.hresult = kHrCancelled;
  starter_.listener->OnRefused(stopped);
  EXPECT_EQ(OutcomeKind(), Outcome::Kind::kUnregistered);
}

TEST_F(RestartableRegistrationTest, IsCancelledWhileItWaitsWhenNobodyIsThereAnyMore) {
  starter_.answer = MakeError(absl::StatusCode::kUnavailable, "WORKER_UNAVAILABLE", "soon");
  AddRetryInfo(&starter_.answer, absl::Seconds(3));
  KillWorker();
  RunTimers();
  attachment_ = {};
  timers_.Advance(absl::Seconds(9));
  EXPECT_EQ(state(), State::kRestarting);
  timers_.Advance(absl::Seconds(3));
  EXPECT_EQ(OutcomeKind(), Outcome::Kind::kCancelled);
}

TEST_F(RestartableRegistrationTest, GivesTheNewConversationNoMoreCreditThanReadersHaveLeft) {
  starter_.ReportAll({FakeStarter::Report(std::string(3000, 'x'))});
  KillWorker();
  RunTimers();
  EXPECT_LT(starter_.request.credit_bytes, 1000u);
  Read();
  Read();
  EXPECT_GE(starter_.calls->granted + starter_.request.credit_bytes, 3000u);
}

TEST_F(RestartableRegistrationTest, BeginsNotAgainWhileTheServerStops) {
  registration_->Drain();
  KillWorker();
  EXPECT_EQ(state(), State::kEnded);
}

}  // namespace
}  // namespace rsca::actions
