// Registrations from the first call to their end.
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
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using workers::End;

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

TEST_F(RegistrationTest, TellsItsOwnerThatItHasEndedBeforeItTellsAReader) {
  BeginActive();
  EXPECT_THAT(Read(), IsEmpty());
  int ended_when_readable = -1;
  listener_->on_readable = [&] { ended_when_readable = ended_; };
  starter_.ReportAll({FakeStarter::Report("last", /*final=*/true)});
  EXPECT_EQ(ended_when_readable, 1);
  EXPECT_EQ(over_, 1);
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
  Unregister();
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
  Unregister();
  starter_.ReportAll({FakeStarter::Report("bye", true)});
  EXPECT_THAT(Read(), ElementsAre("1:bye=UNREGISTERED"));
}

TEST_F(RegistrationTest, UnregistersOnce) {
  BeginActive();
  Unregister();
  Unregister();
  EXPECT_THAT(starter_.calls->stops, ElementsAre(false));
}

TEST_F(RegistrationTest, EndsTimedOutWhenThePluginHangsInUnregister) {
  BeginActive();
  Unregister();
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
  EXPECT_EQ(registration_->Info().outcome->message,
            "the plug-in dropped its callback without a final result");
}

TEST_F(RegistrationTest, SaysWhatThePluginsLatestReportGotBeforeItDroppedItsCallback) {
  BeginActive();
  starter_.listener->OnEnded({End::Kind::kDropped, kHrTimeout, {}});
  EXPECT_EQ(OutcomeKind(), Outcome::Kind::kAbandoned);
  EXPECT_THAT(registration_->Info().outcome->message,
              HasSubstr("after its latest report was refused with 0x800705b4 (ERROR_TIMEOUT)"));
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

TEST_F(RegistrationTest, ThatIsNotRestartableStaysOnAWorkerThatIsReplaced) {
  BeginActive();
  starter_.listener->OnWorkerReplaced("it is old");
  EXPECT_THAT(starter_.calls->stops, IsEmpty());
  EXPECT_EQ(registration_->Info().state, State::kActive);
}

TEST_F(RegistrationTest, GrantsMoreThanWasPassedWhileItsReadersAreFast) {
  BeginActive();
  for (int i = 0; i < 8; ++i) {
    starter_.ReportAll({FakeStarter::Report(std::string(904, 'x'))});  // costs 1000 of 4000
    Read();
  }
  EXPECT_EQ(starter_.calls->granted, 8'000U + 4'000);
}

TEST_F(RegistrationTest, GrantsNoMoreThanWasPassedWhereThereIsNoRoomToSpare) {
  EXPECT_TRUE(budget_.ReserveSpare(budget_.limit_bytes() / 4));
  BeginActive();
  for (int i = 0; i < 8; ++i) {
    starter_.ReportAll({FakeStarter::Report(std::string(904, 'x'))});
    Read();
  }
  EXPECT_EQ(starter_.calls->granted, 8'000U);
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
    Unregister();
    EXPECT_THAT(starter_.calls->stops, IsEmpty()) << "there is no way to";
  };
  Begin();
  EXPECT_THAT(starter_.calls->stops, ElementsAre(false));
}

}  // namespace
}  // namespace rsca::actions
