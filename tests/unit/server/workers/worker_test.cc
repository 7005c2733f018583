#include "server/workers/worker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "common/hresult.h"

namespace rsca::workers {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class RecordingOwner : public WorkerOwner {
 public:
  void OnWorkerReady(Worker*, const worker::v1::Ready&) override { ++ready; }
  void OnWorkerMessage(Worker*, const worker::v1::ControlRequest&) override { ++messages; }
  void OnWorkerQuiet(Worker*) override { ++quiet; }
  void OnWorkerLinkLost(Worker*) override { ++link_lost; }
  void OnWorkerEnded(Worker*, const WorkerExit& exit,
                     const std::vector<std::string>& functions) override {
    last_exit = exit;
    suspects = functions;
  }
  void OnWorkerGone(Worker*) override { ++gone; }
  int messages = 0;
  int quiet = 0;
  std::vector<std::string> suspects;
  int ready = 0;
  int link_lost = 0;
  int gone = 0;
  WorkerExit last_exit;
};

class RecordingListener : public ActionListener {
 public:
  void OnWorkerReplaced(const std::string& why) override { events.push_back("replaced: " + why); }
  void OnStarted() override { events.emplace_back("started"); }
  void OnRefused(const Refusal& refusal) override {
    switch (refusal.kind) {
      case Refusal::Kind::kWorkerDied:
        events.emplace_back("died in call");
        break;
      case Refusal::Kind::kWorkerLeaving:
        events.emplace_back("refused, the worker leaves");
        break;
      default:
        events.emplace_back("refused");
        break;
    }
  }
  void OnReports(absl::Span<Report> reports) override {
    for (const Report& report : reports) events.push_back(std::string(report.response));
  }
  void OnEnded(const End& end) override {
    if (end.kind == End::Kind::kWorkerDied) {
      events.push_back("worker died by " + std::to_string(end.exit.signal));
    } else if (end.kind == End::Kind::kWorkerRecycled) {
      events.emplace_back("worker stopped");
    } else {
      events.emplace_back("ended");
    }
  }
  std::vector<std::string> events;
};

// The link is played by the test: these are the messages that a real worker sends.
class WorkerTest : public ::testing::Test {
 protected:
  void Connect() {
    worker_->OnControlOpened();
    worker_->OnResultsOpened();
    worker::v1::ControlRequest message;
    message.mutable_ready();
    worker_->OnControl(message);
  }

  void Start() { handle_ = *worker_->Start({"f", "{}", false, 100}, listener_); }

  void Started(int32_t hresult) {
    worker::v1::ControlRequest message;
    message.mutable_started()->set_channel(1);
    message.mutable_started()->set_hresult(hresult);
    worker_->OnControl(message);
  }

  static ReportFrame Result(uint64_t channel, absl::string_view response, bool final = false) {
    return {channel, final ? ReportKind::kFinal : ReportKind::kResult, 0, 0, response};
  }

  void Report(const std::string& response, bool final = false) {
    worker_->OnResults({Result(1, response, final)});
  }

  void Die(int signal) {
    WorkerExit exit;
    exit.signal = signal;
    worker_->OnExited(exit);
  }

  void CloseLink() {
    worker_->OnControlClosed();
    worker_->OnResultsClosed();
  }

  std::shared_ptr<RecordingOwner> owner_ = std::make_shared<RecordingOwner>();
  std::shared_ptr<RecordingListener> listener_ = std::make_shared<RecordingListener>();
  std::shared_ptr<Worker> worker_ = std::make_shared<Worker>("w-1", owner_);
  std::unique_ptr<ActionHandle> handle_;
};

TEST_F(WorkerTest, IsReadyOnlyWhenBothSocketsAreThere) {
  worker_->OnControlOpened();
  worker::v1::ControlRequest message;
  message.mutable_ready();
  worker_->OnControl(message);
  EXPECT_EQ(owner_->ready, 0);
  EXPECT_FALSE(worker_->Start({"f", "{}", false, 100}, listener_).ok());
  worker_->OnResultsOpened();
  EXPECT_EQ(owner_->ready, 1);
}

TEST_F(WorkerTest, BringsEachChannelItsReportsInOrder) {
  Connect();
  const auto other = std::make_shared<RecordingListener>();
  Start();
  const auto other_handle = *worker_->Start({"g", "{}", false, 100}, other);
  Started(0);
  worker_->OnResults({Result(1, "a"), Result(2, "x"), Result(1, "b")});
  EXPECT_THAT(listener_->events, ElementsAre("started", "a", "b"));
  EXPECT_THAT(other->events, ElementsAre("x"));
}

TEST_F(WorkerTest, DropsWhatARefusedPluginReported) {
  Connect();
  Start();
  Started(-1);
  Report("late");
  EXPECT_THAT(listener_->events, ElementsAre("refused"));
}

TEST_F(WorkerTest, SaysOfACallThatCameAfterItWasAskedToShutDownThatAnotherMayTakeIt) {
  Connect();
  Start();
  Started(kHrShuttingDown);
  EXPECT_THAT(listener_->events, ElementsAre("refused")) << "by the plug-in, who knows why";
  const auto late = std::make_shared<RecordingListener>();
  const auto handle = *worker_->Start({"f", "{}", false, 100}, late);
  worker_->Shutdown(false);
  worker::v1::ControlRequest message;
  message.mutable_started()->set_channel(2);
  message.mutable_started()->set_hresult(kHrShuttingDown);
  worker_->OnControl(message);
  EXPECT_THAT(late->events, ElementsAre("refused, the worker leaves"));
}

TEST_F(WorkerTest, LetsNothingThroughAfterTheEndOfAChannel) {
  Connect();
  Start();
  Started(0);
  Report("last", true);
  Report("late");
  EXPECT_THAT(listener_->events, ElementsAre("started", "last"));
}

TEST_F(WorkerTest, TellsOfTheStartEvenWhenTheFinalReportWasFaster) {
  Connect();
  Start();
  Report("last", true);
  Started(0);
  EXPECT_THAT(listener_->events, ElementsAre("last", "started"));
}

TEST_F(WorkerTest, TellsOfItsDeathOnlyWhenAllThatItSentWasRead) {
  Connect();
  Start();
  Started(0);
  Die(9);
  EXPECT_EQ(owner_->gone, 0);
  worker_->OnControlClosed();
  Report("still in the socket");
  worker_->OnResultsClosed();
  EXPECT_THAT(listener_->events, ElementsAre("started", "still in the socket", "worker died by 9"));
  EXPECT_EQ(owner_->gone, 1);
  EXPECT_EQ(owner_->last_exit.signal, 9);
}

TEST_F(WorkerTest, TellsCallsThatWereNotAnsweredThatItDied) {
  Connect();
  Start();
  CloseLink();
  Die(6);
  EXPECT_THAT(listener_->events, ElementsAre("died in call"));
}

TEST_F(WorkerTest, IsGoneAtOnceWhenItNeverConnected) {
  Die(11);
  EXPECT_EQ(owner_->gone, 1);
}

TEST_F(WorkerTest, HasStoppedRatherThanDiedWhenItWasAskedTo) {
  Connect();
  Start();
  Started(0);
  worker_->Decide(ExitReason::kStopped, "why");
  worker_->Shutdown(false);
  EXPECT_FALSE(worker_->Start({"f", "{}", false, 100}, listener_).ok());
  CloseLink();
  worker_->OnExited({});
  EXPECT_THAT(listener_->events, ElementsAre("started", "worker stopped"));
}

TEST_F(WorkerTest, TellsEndedChannelsNothingWhenItDies) {
  Connect();
  Start();
  Started(0);
  Report("last", true);
  CloseLink();
  Die(9);
  EXPECT_THAT(listener_->events, ElementsAre("started", "last"));
}

TEST_F(WorkerTest, HasDiedWhenItCrashesInsteadOfStopping) {
  Connect();
  Start();
  Started(0);
  worker_->Decide(ExitReason::kRecycled, "why");
  worker_->Shutdown(false);
  CloseLink();
  Die(11);
  EXPECT_THAT(listener_->events, ElementsAre("started", "worker died by 11"));
  EXPECT_EQ(owner_->last_exit.reason, ExitReason::kRecycled);
}

TEST_F(WorkerTest, HasOneReasonTheFirstThatWasDecided) {
  worker_->Decide(ExitReason::kPingMissed, "first");
  worker_->Decide(ExitReason::kLimitPassed, "second");
  worker_->Decide(ExitReason::kShutdownTimeLimit, "third");
  Die(9);
  worker_->Decide(ExitReason::kFailed, "after its end");
  EXPECT_EQ(owner_->last_exit.reason, ExitReason::kPingMissed);
  EXPECT_EQ(owner_->last_exit.detail, "first");
}

TEST_F(WorkerTest, HasPassedItsTimeWhenItWasAskedAndHadToBeKilled) {
  worker_->Decide(ExitReason::kIdle, "");
  worker_->Decide(ExitReason::kShutdownTimeLimit, "limit 1s");
  Die(9);
  EXPECT_EQ(owner_->last_exit.reason, ExitReason::kShutdownTimeLimit);
}

TEST_F(WorkerTest, SuspectsTheCallsThatWereUnderWayWhenItDied) {
  Connect();
  Start();
  Started(0);
  const auto second = *worker_->Start({"g", "{}", true, 100}, listener_);
  CloseLink();
  Die(6);
  EXPECT_THAT(owner_->suspects, ElementsAre("g"));
}

TEST_F(WorkerTest, SuspectsWhatWasStoppingWhenItDied) {
  Connect();
  Start();
  Started(0);
  const auto second = *worker_->Start({"g", "{}", false, 100}, listener_);
  worker::v1::ControlRequest message;
  message.mutable_started()->set_channel(2);
  worker_->OnControl(message);
  handle_->Stop(false);
  CloseLink();
  Die(6);
  EXPECT_THAT(owner_->suspects, ElementsAre("f"));
}

TEST_F(WorkerTest, SuspectsLiveConversationsWhenNoCallWasUnderWay) {
  Connect();
  Start();
  Started(0);
  CloseLink();
  Die(6);
  EXPECT_THAT(owner_->suspects, ElementsAre("f"));
}

TEST_F(WorkerTest, CountsWhatItHasDone) {
  Connect();
  Start();
  const auto run = *worker_->Start({"g", "{}", true, 100}, listener_);
  Started(0);
  Report("a");
  Report("b", true);
  const WorkerCounts counts = worker_->counts();
  EXPECT_EQ(counts.registrations, 1);
  EXPECT_EQ(counts.runs, 1);
  EXPECT_EQ(counts.results, 2);
  EXPECT_EQ(counts.conversations, 1);
  EXPECT_EQ(owner_->quiet, 0);
}

TEST_F(WorkerTest, TellsWhenItsLastConversationHasEnded) {
  Connect();
  Start();
  Started(0);
  EXPECT_EQ(owner_->quiet, 0);
  Report("last", true);
  EXPECT_EQ(owner_->quiet, 1);
}

TEST_F(WorkerTest, IsBusyAsLongAsItHasListenerChannels) {
  Connect();
  worker::v1::ControlResponse start;
  start.mutable_start_listener()->set_listener(7);
  worker_->Send(start);
  EXPECT_TRUE(worker_->counts().busy());
  worker::v1::ControlRequest event;
  event.mutable_listener_event()->set_listener(7);
  event.mutable_listener_event()->mutable_started();
  worker_->OnControl(event);
  EXPECT_TRUE(worker_->counts().busy());
  event.mutable_listener_event()->mutable_stopped();
  worker_->OnControl(event);
  EXPECT_FALSE(worker_->counts().busy());
  EXPECT_EQ(owner_->quiet, 1);
  EXPECT_EQ(owner_->messages, 2);
}

TEST_F(WorkerTest, TellsConversationsOnceThatItIsReplacedThoseThatStartLaterToo) {
  Connect();
  Start();
  Started(0);
  const auto second_listener = std::make_shared<RecordingListener>();
  const auto second = *worker_->Start({"g", "{}", false, 100}, second_listener);
  worker_->TellReplaced("why");
  EXPECT_THAT(listener_->events, ElementsAre("started", "replaced: why"));
  EXPECT_THAT(second_listener->events, IsEmpty());
  worker::v1::ControlRequest message;
  message.mutable_started()->set_channel(2);
  worker_->OnControl(message);
  worker_->TellReplaced("why");
  EXPECT_THAT(second_listener->events, ElementsAre("started", "replaced: why"));
  EXPECT_THAT(listener_->events, ElementsAre("started", "replaced: why"));
}

TEST_F(WorkerTest, SendsStopsAndCreditsOfAHandle) {
  Connect();
  Start();
  handle_->Stop(true);
  handle_->Grant(42);
  worker::v1::ControlResponse control;
  ASSERT_TRUE(worker_->control_outbox()->Pop(&control));
  EXPECT_EQ(control.start().function(), "f");
  EXPECT_EQ(control.start().credit_bytes(), 100U);
  ASSERT_TRUE(worker_->control_outbox()->Pop(&control));
  EXPECT_EQ(control.stop().channel(), 1U);
  EXPECT_TRUE(control.stop().discard());
  std::string credits;
  ASSERT_TRUE(worker_->credit_outbox()->Pop(&credits));
  absl::string_view rest = credits;
  CreditFrame credit;
  ASSERT_TRUE(ConsumeCredit(&rest, &credit));
  EXPECT_EQ(credit.bytes, 42U);
}

TEST_F(WorkerTest, SendsRefusalsOfAHandleAfterItsStart) {
  Connect();
  Start();
  const auto other = *worker_->Start({"g", "{}", false, 100}, listener_);
  other->RefuseReports(-1);
  handle_->RefuseReports(-2);
  other->RefuseReports(0);
  worker::v1::ControlResponse message;
  ASSERT_TRUE(worker_->control_outbox()->Pop(&message));
  EXPECT_EQ(message.start().channel(), 1U);
  ASSERT_TRUE(worker_->control_outbox()->Pop(&message));
  EXPECT_EQ(message.start().channel(), 2U);
  ASSERT_TRUE(worker_->control_outbox()->Pop(&message));
  EXPECT_EQ(message.refuse_reports().channel(), 2U);
  EXPECT_EQ(message.refuse_reports().hresult(), 0);
  ASSERT_TRUE(worker_->control_outbox()->Pop(&message));
  EXPECT_EQ(message.refuse_reports().channel(), 1U);
  EXPECT_EQ(message.refuse_reports().hresult(), -2);
}

TEST_F(WorkerTest, OutlivesNothing) {
  Connect();
  Start();
  worker_.reset();
  handle_->Stop(false);
  handle_->Grant(1);
  handle_->RefuseReports(-1);
  EXPECT_THAT(listener_->events, IsEmpty());
}

}  // namespace
}  // namespace rsca::workers
