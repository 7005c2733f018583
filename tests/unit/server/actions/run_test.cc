#include "server/actions/run.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <thread>

#include "common/hresult.h"
#include "common/status.h"
#include "tests/support/fake_timers.h"
#include "tests/unit/server/actions/fake_starter.h"

namespace rsca::actions {
namespace {

class RunTest : public ::testing::Test {
 protected:
  RunTest() {
    limits_.function_name_bytes = 256;
    limits_.arguments_bytes = 1000;
    limits_.run_timeout = absl::Seconds(60);
    function_.name = "f";
    function_.pool = "p";
    function_.answers = workers::Answers::kOnce;
  }

  void Begin() {
    run_ = actions::Run::Begin(function_, "{}", limits_, &starter_, &timers_,
                               [this](absl::StatusOr<RunResult> result) {
                                 ++answers_;
                                 result_ = std::move(result);
                               });
  }

  Limits limits_;
  FakeTimers timers_;
  FakeStarter starter_;
  workers::Function function_;
  std::shared_ptr<actions::Run> run_;
  int answers_ = 0;
  std::optional<absl::StatusOr<RunResult>> result_;
};

TEST_F(RunTest, AnswersWithTheOneResponse) {
  Begin();
  EXPECT_TRUE(starter_.request.run_once);
  starter_.listener->OnStarted();
  starter_.ReportAll({FakeStarter::Report("r", true, 1)});
  ASSERT_TRUE(result_.has_value() && result_->ok());
  EXPECT_EQ((*result_)->response, "r");
  EXPECT_EQ((*result_)->hr_status, 1);
}

TEST_F(RunTest, AnswersWithTheResponseWhenStartAndResponseComeAtOnce) {
  for (int i = 0; i < 2000; ++i) {
    Begin();
    std::atomic<int> waiting{2};
    const auto at_once = [&waiting](const std::function<void()>& call) {
      return std::thread([&waiting, call] {
        for (--waiting; waiting > 0;) std::this_thread::yield();
        call();
      });
    };
    std::thread start = at_once([this] { starter_.listener->OnStarted(); });
    std::thread report = at_once([this] { starter_.ReportAll({FakeStarter::Report("r", true)}); });
    start.join();
    report.join();
    ASSERT_TRUE(result_.has_value() && result_->ok());
    ASSERT_EQ((*result_)->response, "r") << i;
  }
}

TEST_F(RunTest, DropsAResponseThatCameBeforeAFailingReturn) {
  Begin();
  starter_.ReportAll({FakeStarter::Report("r", true)});
  EXPECT_EQ(answers_, 0);
  workers::Refusal refusal;
  refusal.hresult = kHrUnexpected;
  starter_.listener->OnRefused(refusal);
  EXPECT_EQ(answers_, 1);
  EXPECT_EQ(result_->status().code(), absl::StatusCode::kInternal);
}

TEST_F(RunTest, AnswersOnceHoweverManyThingsHappen) {
  Begin();
  starter_.listener->OnStarted();
  run_->Cancel();
  starter_.ReportAll({FakeStarter::Report("late", true)});
  starter_.listener->OnEnded({workers::End::Kind::kDropped, 0, {}});
  timers_.Advance(absl::Hours(1));
  EXPECT_EQ(answers_, 1);
  EXPECT_EQ(result_->status().code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(starter_.calls->stops, std::vector<bool>{true});
}

TEST_F(RunTest, BeginsOnAnotherWorkerWhenTheFirstShutsDownBeforeItHasBegun) {
  Begin();
  workers::Refusal leaving;
  leaving.kind = workers::Refusal::Kind::kWorkerLeaving;
  leaving.hresult = kHrShuttingDown;
  starter_.listener->OnRefused(leaving);
  EXPECT_EQ(answers_, 0);
  starter_.listener->OnStarted();
  starter_.ReportAll({FakeStarter::Report("r", true)});
  ASSERT_TRUE(result_.has_value() && result_->ok());
  EXPECT_EQ((*result_)->response, "r");
}

TEST_F(RunTest, IsStoppedOnTheOtherWorkerWhenNobodyWaitsAnyMore) {
  Begin();
  workers::Refusal leaving;
  leaving.kind = workers::Refusal::Kind::kWorkerLeaving;
  starter_.before_return = [this] {
    starter_.calls = std::make_shared<FakeStarter::Calls>();
    run_->Cancel();
  };
  starter_.listener->OnRefused(leaving);
  EXPECT_EQ(answers_, 1);
  EXPECT_EQ(starter_.calls->stops, std::vector<bool>{true});
}

TEST_F(RunTest, TimesOutWhenThePluginHangs) {
  Begin();
  timers_.Advance(absl::Seconds(60));
  EXPECT_EQ(result_->status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(ErrorReason(result_->status()), "PLUGIN_TIMEOUT");
}

TEST_F(RunTest, SaysThatThePluginDroppedTheCall) {
  Begin();
  starter_.listener->OnStarted();
  starter_.listener->OnEnded({workers::End::Kind::kDropped, 0, {}});
  EXPECT_EQ(ErrorReason(result_->status()), "NO_RESPONSE");
}

TEST_F(RunTest, SaysHowTheWorkerDied) {
  Begin();
  starter_.listener->OnStarted();
  workers::WorkerExit exit;
  exit.signal = 9;
  starter_.listener->OnEnded({workers::End::Kind::kWorkerDied, 0, exit});
  EXPECT_EQ(ErrorReason(result_->status()), "WORKER_CRASHED");
  EXPECT_EQ(ErrorMetadata(result_->status(), "signal"), "9");
}

}  // namespace
}  // namespace rsca::actions
