#include "server/workers/worker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace rsca::workers {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class RecordingOwner : public WorkerOwner {
 public:
  void OnWorkerReady(Worker*, const worker::v1::Ready&) override { ++ready; }
  void OnWorkerLinkLost(Worker*) override { ++link_lost; }
  void OnWorkerGone(Worker*, const WorkerExit& exit) override {
    ++gone;
    last_exit = exit;
  }
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
    events.emplace_back(refusal.kind == Refusal::Kind::kWorkerDied ? "died in call" : "refused");
  }
  void OnReports(absl::Span<Report> reports) override {
    for (const Report& report : reports) events.push_back(report.response);
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
    ASSERT_TRUE(worker_->OnControlOpened());
    ASSERT_TRUE(worker_->OnResultsOpened());
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

  static void AddReport(worker::v1::ResultsRequest* message, uint64_t channel,
                        const std::string& response, bool final = false) {
    worker::v1::Report* report = message->add_reports();
    report->set_channel(channel);
    report->set_response(response);
    report->set_final(final);
  }

  void Report(const std::string& response, bool final = false) {
    worker::v1::ResultsRequest message;
    AddReport(&message, 1, response, final);
    worker_->OnResults(&message);
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
  std::shared_ptr<Worker> worker_ = std::make_shared<Worker>("w-1", "secret", owner_);
  std::unique_ptr<ActionHandle> handle_;
};

TEST_F(WorkerTest, IsReadyOnlyWhenBothStreamsAreThere) {
  ASSERT_TRUE(worker_->OnControlOpened());
  worker::v1::ControlRequest message;
  message.mutable_ready();
  worker_->OnControl(message);
  EXPECT_EQ(owner_->ready, 0);
  EXPECT_FALSE(worker_->Start({"f", "{}", false, 100}, listener_).ok());
  ASSERT_TRUE(worker_->OnResultsOpened());
  EXPECT_EQ(owner_->ready, 1);
}

TEST_F(WorkerTest, RefusesASecondStreamOfAKind) {
  Connect();
  EXPECT_FALSE(worker_->OnControlOpened());
  EXPECT_FALSE(worker_->OnResultsOpened());
}

TEST_F(WorkerTest, BringsEachChannelItsReportsInOrder) {
  Connect();
  const auto other = std::make_shared<RecordingListener>();
  Start();
  const auto other_handle = *worker_->Start({"g", "{}", false, 100}, other);
  Started(0);
  worker::v1::ResultsRequest message;
  AddReport(&message, 1, "a");
  AddReport(&message, 2, "x");
  AddReport(&message, 1, "b");
  worker_->OnResults(&message);
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
  EXPECT_FALSE(worker_->OnControlOpened());
}

TEST_F(WorkerTest, HasStoppedRatherThanDiedWhenItWasAskedTo) {
  Connect();
  Start();
  Started(0);
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
  worker::v1::ResultsResponse results;
  ASSERT_TRUE(worker_->credit_outbox()->Pop(&results));
  EXPECT_EQ(results.credits(0).bytes(), 42U);
}

TEST_F(WorkerTest, OutlivesNothing) {
  Connect();
  Start();
  worker_.reset();
  handle_->Stop(false);
  handle_->Grant(1);
  EXPECT_THAT(listener_->events, IsEmpty());
}

}  // namespace
}  // namespace rsca::workers
