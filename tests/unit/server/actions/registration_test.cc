#include "server/actions/registration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/hresult.h"
#include "common/status.h"
#include "common/worker_protocol.h"
#include "tests/support/fake_timers.h"
#include "tests/unit/server/actions/fake_starter.h"

namespace rsca::actions {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using workers::End;

class TextEncoder : public ResultEncoder {
 public:
  grpc::Slice EncodeResult(const NumberedResult& result) const override {
    return grpc::Slice(absl::StrCat(
        result.sequence, ":", result.response,
        result.outcome == nullptr ? "" : absl::StrCat("=", OutcomeName(result.outcome->kind))));
  }
  grpc::Slice EncodeInterruption(const NumberedInterruption& interruption) const override {
    return grpc::Slice(absl::StrCat(interruption.sequence, ":!", interruption.reason));
  }
};

class Listener : public journal::ReaderListener {
 public:
  void OnReadable() override {}
};

class RegistrationTest : public ::testing::Test, public RegistrationOwner {
 protected:
  RegistrationTest() {
    context_.limits.credit_bytes = 4000;
    context_.limits.window_bytes_per_registration = 20'000;
    context_.limits.window_bytes = 1 << 20;
    context_.limits.streams_per_registration = 2;
    context_.limits.detach_grace = absl::Seconds(10);
    context_.limits.register_timeout = absl::Seconds(30);
    context_.limits.unregister_timeout = absl::Seconds(40);
    context_.starter = &starter_;
    context_.timers = &timers_;
    context_.budget = &budget_;
    context_.encoder = &encoder_;
    context_.owner = this;
    Make(/*restartable=*/false);
  }

  void Make(bool restartable) {
    workers::Function function;
    function.name = "f";
    function.pool = "p";
    function.restartable = restartable;
    RegisterRequest request;
    request.function = "f";
    request.owner = "local";
    registration_ = *Registration::Make(&context_, request, function);
  }

  void OnOver(const std::shared_ptr<Registration>& /*registration*/, bool refused) override {
    ++over_;
    refused_ = refused;
  }

  void Begin() {
    registration_->WhenStarted([this](const absl::Status& status) { started_.push_back(status); });
    registration_->Begin();
  }

  // Begun, accepted, with one stream.
  void BeginActive() {
    registration_->WhenStarted([this](const absl::Status& status) {
      ASSERT_TRUE(status.ok());
      attachment_ = *registration_->Attach(0, listener_);
    });
    registration_->Begin();
    starter_.listener->OnStarted();
  }

  std::vector<std::string> Read() {
    std::vector<grpc::Slice> slices;
    attachment_.reader->Read(1000, 1 << 20, &slices);
    std::vector<std::string> texts;
    for (const grpc::Slice& slice : slices) {
      texts.emplace_back(reinterpret_cast<const char*>(slice.begin()), slice.size());
    }
    return texts;
  }

  Outcome::Kind OutcomeKind() { return registration_->Info().outcome.value().kind; }

  FakeTimers timers_;
  FakeStarter starter_;
  TextEncoder encoder_;
  journal::WindowBudget budget_{1 << 20};
  RegistrationContext context_;
  std::shared_ptr<Listener> listener_ = std::make_shared<Listener>();
  std::shared_ptr<Registration> registration_;
  Attachment attachment_;
  std::vector<absl::Status> started_;
  int over_ = 0;
  bool refused_ = false;
};

TEST_F(RegistrationTest, NumbersResultsFromOneAndEndsWithThePluginsFinalResult) {
  BeginActive();
  starter_.ReportAll({FakeStarter::Report("a"), FakeStarter::Report("b")});
  starter_.ReportAll({FakeStarter::Report("c", /*final=*/true)});
  EXPECT_THAT(Read(), ElementsAre("1:a", "2:b", "3:c=COMPLETED"));
  EXPECT_TRUE(attachment_.reader->AtEnd());
  EXPECT_EQ(registration_->Info().state, State::kEnded);
  EXPECT_EQ(over_, 1);
  EXPECT_FALSE(refused_);
}

TEST_F(RegistrationTest, HasFailedWhenThePluginSaysSo) {
  BeginActive();
  starter_.ReportAll({FakeStarter::Report("", true, kHrUnexpected)});
  EXPECT_EQ(OutcomeKind(), Outcome::Kind::kFailed);
}

TEST_F(RegistrationTest, DropsWhatAPluginReportsAfterItsFinalResult) {
  BeginActive();
  starter_.ReportAll(
      {FakeStarter::Report("a", true), FakeStarter::Report("b"), FakeStarter::Report("c", true)});
  starter_.ReportAll({FakeStarter::Report("d")});
  EXPECT_THAT(Read(), ElementsAre("1:a=COMPLETED"));
  EXPECT_EQ(over_, 1);
}

TEST_F(RegistrationTest, IsRefusedWithThePluginsHresult) {
  Begin();
  workers::Refusal refusal;
  refusal.hresult = static_cast<int32_t>(0x80070002);
  starter_.ReportAll({FakeStarter::Report("dropped")});
  starter_.listener->OnRefused(refusal);
  ASSERT_EQ(started_.size(), 1U);
  EXPECT_EQ(started_[0].code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(refused_);
  starter_.ReportAll({FakeStarter::Report("late")});
  EXPECT_EQ(over_, 1);
}

TEST_F(RegistrationTest, IsRefusedWithoutAWorker) {
  starter_.answer = absl::UnavailableError("no worker");
  Begin();
  ASSERT_EQ(started_.size(), 1U);
  EXPECT_EQ(started_[0].code(), absl::StatusCode::kUnavailable);
}

TEST_F(RegistrationTest, KeepsResultsReportedInsideTheRegisterCallUntilItReturns) {
  registration_->WhenStarted([this](const absl::Status& status) {
    ASSERT_TRUE(status.ok());
    attachment_ = *registration_->Attach(0, listener_);
  });
  registration_->Begin();
  starter_.ReportAll({FakeStarter::Report("a"), FakeStarter::Report("b", true)});
  EXPECT_EQ(registration_->Info().state, State::kRegistering);
  starter_.listener->OnStarted();
  EXPECT_THAT(Read(), ElementsAre("1:a", "2:b=COMPLETED"));
}

TEST_F(RegistrationTest, LetsThePluginFillTheWindowInsideTheRegisterCallButNoMore) {
  Begin();
  const uint64_t cost = 1000 + kReportOverheadBytes;
  for (int i = 0; i < 30; ++i) starter_.ReportAll({FakeStarter::Report(std::string(1000, 'x'))});
  EXPECT_GE(starter_.calls->granted, 20'000 - 2 * cost);
  EXPECT_LE(starter_.calls->granted, 20'000U);
}

TEST_F(RegistrationTest, GrantsEachByteOnceHoweverEarlyItWasGranted) {
  registration_->WhenStarted(
      [this](const absl::Status&) { attachment_ = *registration_->Attach(0, listener_); });
  registration_->Begin();
  const uint64_t cost = 904 + kReportOverheadBytes;  // 1000
  for (int i = 0; i < 5; ++i) starter_.ReportAll({FakeStarter::Report(std::string(904, 'x'))});
  EXPECT_EQ(starter_.calls->granted, 5 * cost);
  starter_.listener->OnStarted();
  Read();
  EXPECT_EQ(starter_.calls->granted, 5 * cost);
  for (int i = 0; i < 4; ++i) starter_.ReportAll({FakeStarter::Report(std::string(904, 'x'))});
  EXPECT_EQ(starter_.calls->granted, 5 * cost);
  Read();
  EXPECT_EQ(starter_.calls->granted, 9 * cost);
}

TEST_F(RegistrationTest, IsRefusedWhenThePluginHangsInRegister) {
  Begin();
  timers_.Advance(absl::Seconds(30));
  ASSERT_EQ(started_.size(), 1U);
  EXPECT_EQ(started_[0].code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(ErrorReason(started_[0]), "PLUGIN_TIMEOUT");
  EXPECT_THAT(starter_.calls->stops, ElementsAre(true));
  starter_.listener->OnStarted();  // it came back after all
  EXPECT_EQ(registration_->Info().state, State::kEnded);
}

TEST_F(RegistrationTest, EndsUnregisteredWithThePluginsLastWordOrWithout) {
  BeginActive();
  registration_->Unregister();
  EXPECT_EQ(registration_->Info().state, State::kUnregistering);
  EXPECT_THAT(starter_.calls->stops, ElementsAre(false));
  starter_.ReportAll({FakeStarter::Report("still")});
  End end;
  end.kind = End::Kind::kUnregistered;
  starter_.listener->OnEnded(end);
  EXPECT_THAT(Read(), ElementsAre("1:still", "2:=UNREGISTERED"));
}

TEST_F(RegistrationTest, EndsUnregisteredWithAFinalResultOfThePlugin) {
  BeginActive();
  registration_->Unregister();
  starter_.ReportAll({FakeStarter::Report("bye", true)});
  EXPECT_THAT(Read(), ElementsAre("1:bye=UNREGISTERED"));
}

TEST_F(RegistrationTest, UnregistersOnce) {
  BeginActive();
  registration_->Unregister();
  registration_->Unregister();
  EXPECT_THAT(starter_.calls->stops, ElementsAre(false));
}

TEST_F(RegistrationTest, EndsTimedOutWhenThePluginHangsInUnregister) {
  BeginActive();
  registration_->Unregister();
  timers_.Advance(absl::Seconds(40));
  EXPECT_EQ(OutcomeKind(), Outcome::Kind::kTimedOut);
  EXPECT_THAT(starter_.calls->stops, ElementsAre(false, true));
}

TEST_F(RegistrationTest, EndsCancelledWhenNoStreamComesBackWithinTheGrace) {
  BeginActive();
  attachment_ = {};
  timers_.Advance(absl::Seconds(9));
  EXPECT_EQ(registration_->Info().state, State::kActive);
  timers_.Advance(absl::Seconds(1));
  EXPECT_EQ(registration_->Info().state, State::kUnregistering);
  EXPECT_THAT(starter_.calls->stops, ElementsAre(true));
  End end;
  end.kind = End::Kind::kUnregistered;
  starter_.listener->OnEnded(end);
  EXPECT_EQ(OutcomeKind(), Outcome::Kind::kCancelled);
}

TEST_F(RegistrationTest, LivesOnWhenAStreamComesBackWithinTheGrace) {
  BeginActive();
  attachment_ = {};
  timers_.Advance(absl::Seconds(9));
  attachment_ = *registration_->Attach(0, listener_);
  timers_.Advance(absl::Hours(1));
  EXPECT_EQ(registration_->Info().state, State::kActive);
}

TEST_F(RegistrationTest, EndsCancelledWhenItsClientLeftBeforeThePluginAnswered) {
  registration_->Begin();
  starter_.listener->OnStarted();
  timers_.Advance(absl::Seconds(10));
  EXPECT_EQ(registration_->Info().state, State::kUnregistering);
}

TEST_F(RegistrationTest, EndsAbandonedWhenThePluginDropsItsCallback) {
  BeginActive();
  starter_.listener->OnEnded({End::Kind::kDropped, 0, {}});
  EXPECT_EQ(OutcomeKind(), Outcome::Kind::kAbandoned);
}

TEST_F(RegistrationTest, EndsCrashedWithTheSignalThatKilledTheWorker) {
  BeginActive();
  workers::WorkerExit exit;
  exit.signal = 6;
  starter_.listener->OnEnded({End::Kind::kWorkerDied, 0, exit});
  EXPECT_EQ(OutcomeKind(), Outcome::Kind::kWorkerCrashed);
  EXPECT_EQ(registration_->Info().outcome->worker_exit->signal, 6);
}

TEST_F(RegistrationTest, WritesNoFinalResultWhileTheServerStops) {
  BeginActive();
  registration_->Drain();
  starter_.listener->OnEnded({End::Kind::kWorkerRecycled, 0, {}});
  EXPECT_THAT(Read(), IsEmpty());
  EXPECT_FALSE(attachment_.reader->AtEnd());
  EXPECT_EQ(OutcomeKind(), Outcome::Kind::kCancelled);
}

TEST_F(RegistrationTest, CallsNothingAbandonedThatAPluginDropsWhileTheServerStops) {
  BeginActive();
  registration_->Drain();
  starter_.listener->OnEnded({End::Kind::kDropped, 0, {}});
  EXPECT_THAT(Read(), IsEmpty());
  EXPECT_EQ(OutcomeKind(), Outcome::Kind::kCancelled);
}

TEST_F(RegistrationTest, BoundsItsStreams) {
  BeginActive();
  const auto second = registration_->Attach(0, listener_);
  EXPECT_TRUE(second.ok());
  const auto third = registration_->Attach(0, listener_);
  EXPECT_EQ(third.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ErrorMetadata(third.status(), "limit"), "streams_per_registration");
}

TEST_F(RegistrationTest, GivesLateStreamsTheSameFinalResult) {
  BeginActive();
  starter_.ReportAll({FakeStarter::Report("a"), FakeStarter::Report("b", true)});
  Read();
  attachment_ = *registration_->Attach(1, listener_);
  EXPECT_THAT(Read(), ElementsAre("2:b=COMPLETED"));
}

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
  registration_->Unregister();
  starter_.listener->OnEnded({End::Kind::kUnregistered, 0, {}});
  EXPECT_EQ(OutcomeKind(), Outcome::Kind::kUnregistered);
}

TEST_F(RestartableRegistrationTest, IsUnregisteredWhileItWaitsForAWorker) {
  starter_.answer = MakeError(absl::StatusCode::kUnavailable, "WORKER_UNAVAILABLE", "soon");
  AddRetryInfo(&starter_.answer, absl::Seconds(3));
  KillWorker();
  RunTimers();
  registration_->Unregister();
  RunTimers();
  EXPECT_EQ(OutcomeKind(), Outcome::Kind::kUnregistered);
}

TEST_F(RestartableRegistrationTest, IsUnregisteredWhileThePluginIsAskedAgain) {
  KillWorker();
  RunTimers();
  registration_->Unregister();
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

TEST_F(RegistrationTest, ThatIsNotRestartableStaysOnAWorkerThatIsReplaced) {
  BeginActive();
  starter_.listener->OnWorkerReplaced("it is old");
  EXPECT_THAT(starter_.calls->stops, IsEmpty());
  EXPECT_EQ(registration_->Info().state, State::kActive);
}

TEST_F(RegistrationTest, GrantsWhatIsReportedBeforeTheCallThatBeganItHasReturned) {
  const std::string kilobyte(1000, 'x');
  const uint64_t cost = kilobyte.size() + kReportOverheadBytes;
  starter_.before_return = [&] {
    for (int i = 0; i < 5; ++i) starter_.ReportAll({FakeStarter::Report(kilobyte)});
    EXPECT_EQ(starter_.calls->granted, 0u) << "there is no way to";
  };
  BeginActive();
  EXPECT_EQ(starter_.calls->granted, 5 * cost);
  Read();
  EXPECT_EQ(starter_.calls->granted, 5 * cost) << "not twice";
  for (int i = 0; i < 4; ++i) starter_.ReportAll({FakeStarter::Report(kilobyte)});
  Read();
  EXPECT_EQ(starter_.calls->granted, 9 * cost);
}

TEST_F(RegistrationTest, IsUnregisteredBeforeTheCallThatBeganItHasReturned) {
  starter_.before_return = [&] {
    starter_.listener->OnStarted();
    registration_->Unregister();
    EXPECT_THAT(starter_.calls->stops, IsEmpty()) << "there is no way to";
  };
  Begin();
  EXPECT_THAT(starter_.calls->stops, ElementsAre(false));
}

}  // namespace
}  // namespace rsca::actions
