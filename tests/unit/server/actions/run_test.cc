#include "server/actions/run.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

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
  constexpr size_t kRuns = 50'000;
  std::vector<std::shared_ptr<workers::ActionListener>> runs;
  std::atomic<size_t> right{0};
  for (size_t i = 0; i < kRuns; ++i) {
    starter_.calls = std::make_shared<FakeStarter::Calls>();
    actions::Run::Begin(function_, "{}", limits_, &starter_, &timers_,
                        [&right](const absl::StatusOr<RunResult>& result) {
                          if (result.ok() && result->response == "r") ++right;
                        });
    runs.push_back(starter_.listener);
  }
  // Side by side through all of them.
  std::array<std::atomic<size_t>, 2> at = {};
  const auto go = [&](size_t self, const std::function<void(workers::ActionListener*)>& call) {
    for (size_t i = 0; i < kRuns; ++i) {
      for (at[self] = i; at[1 - self] < i;) std::this_thread::yield();
      call(runs[i].get());
    }
    at[self] = kRuns;
  };
  std::thread start(go, 0, [](workers::ActionListener* run) { run->OnStarted(); });
  std::thread report(go, 1, [](workers::ActionListener* run) {
    std::array<workers::Report, 1> reports = {FakeStarter::Report("r", true)};
    run->OnReports(absl::MakeSpan(reports));
  });
  start.join();
  report.join();
  EXPECT_EQ(right, kRuns);
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
