// WorkerPools as the server's remote control uses it, on real workers.
#include "server/workers/worker_pools.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status.h"
#include "tests/support/eventually.h"
#include "tests/support/proc.h"
#include "tests/support/rscad_process.h"

namespace rsca::workers {
namespace {

using support::Eventually;
using testing::Contains;
using testing::HasSubstr;

class NoListener final : public PoolListener {
 public:
  void OnPoolHealth(const std::string&, bool) override {}
};

class Call final : public ActionListener {
 public:
  void OnStarted() override { Add("started"); }
  void OnRefused(const Refusal& refusal) override {
    Add(absl::StrCat("refused ", refusal.message));
  }
  void OnReports(absl::Span<Report> reports) override {
    for (const Report& report : reports) {
      if (report.final) Add("final");
    }
  }
  void OnEnded(const End& end) override {
    Add(end.kind == End::Kind::kWorkerRecycled ? "recycled" : "died");
  }
  void OnWorkerReplaced(const std::string& why) override { Add(absl::StrCat("replaced ", why)); }

  bool WaitFor(const std::string& event) {
    return Eventually([&] {
      MutexLock lock(&mutex_);
      return std::find(events_.begin(), events_.end(), event) != events_.end();
    });
  }

 private:
  void Add(const std::string& event) {
    MutexLock lock(&mutex_);
    events_.push_back(event);
  }

  Mutex mutex_;
  std::vector<std::string> events_ ABSL_GUARDED_BY(mutex_);
};

class WorkerPoolsTest : public testing::Test {
 protected:
  void Open(PoolOptions options) {
    WorkerOptions workers;
    workers.program = support::WorkerPath();
    workers.log_level = "debug";
    workers.max_response_bytes = 1 << 20;
    workers.report_wait = absl::Seconds(60);
    pools_ = std::make_unique<WorkerPools>(std::vector<PoolOptions>{std::move(options)}, workers,
                                           &timers_, &listener_);
    pools_->WaitForFirstWorkers(absl::Minutes(1));
    ASSERT_EQ(Info().state, PoolState::kRunning);
  }

  static PoolOptions Options() {
    PoolOptions options;
    options.name = "a";
    ProtocolManagerOptions manager;
    manager.name = "counter";
    manager.library = support::PluginPath("counter");
    manager.entry_point = "GetProtocolManager";
    options.protocol_managers = {manager};
    options.max_plugin_calls = 4;
    options.pinging_enabled = false;
    options.startup_time_limit = absl::Minutes(1);
    options.shutdown_time_limit = absl::Minutes(1);
    options.restart_backoff_min = absl::Milliseconds(1);
    options.restart_backoff_max = absl::Milliseconds(10);
    options.rapid_fail_protection = {true, 3, absl::Minutes(5)};
    options.quarantine.enabled = false;
    options.sandbox.seccomp = false;
    return options;
  }

  PoolInfo Info() { return *pools_->FindPool("a"); }
  bool WaitForState(PoolState state) {
    return Eventually([&] { return Info().state == state; });
  }
  std::unique_ptr<ActionHandle> Start(const std::shared_ptr<Call>& call) {
    auto handle = pools_->Start("a", {"counter", R"({"interval_ms": 1})", false, 1 << 30}, call);
    EXPECT_TRUE(handle.ok()) << handle.status();
    return handle.ok() ? *std::move(handle) : nullptr;
  }

  ThreadTimers timers_;
  NoListener listener_;
  std::unique_ptr<WorkerPools> pools_;
};

TEST_F(WorkerPoolsTest, StopAPoolAndStartIt) {
  Open(Options());
  const auto call = std::make_shared<Call>();
  const auto handle = Start(call);
  ASSERT_TRUE(call->WaitFor("started"));
  ASSERT_TRUE(pools_->StopPool("a", "maintenance").ok());
  EXPECT_TRUE(call->WaitFor("final")) << "its plug-in says so when it is shut down";
  EXPECT_TRUE(WaitForState(PoolState::kStopped));
  EXPECT_EQ(Info().last_ends.front().exit.reason, ExitReason::kStopped);
  EXPECT_EQ(ErrorReason(pools_->Start("a", {"counter", "", false, 1}, call).status()),
            "POOL_STOPPED");
  ASSERT_TRUE(pools_->StartPool("a").ok());
  EXPECT_TRUE(WaitForState(PoolState::kRunning));
  const auto again = std::make_shared<Call>();
  const auto second = Start(again);
  EXPECT_TRUE(again->WaitFor("started"));
}

TEST_F(WorkerPoolsTest, ReplaceAWorkerThatStaysUntilItsConversationsHaveEnded) {
  Open(Options());
  const auto call = std::make_shared<Call>();
  const auto handle = Start(call);
  ASSERT_TRUE(call->WaitFor("started"));
  const WorkerInfo old = Info().workers.at(0);
  ASSERT_TRUE(pools_->RecycleWorker(old.name, "new version").ok());
  EXPECT_TRUE(call->WaitFor("replaced new version"));
  EXPECT_EQ(Info().workers.at(0).state, WorkerState::kReplacing);
  EXPECT_EQ(Info().workers.at(1).state, WorkerState::kReady);
  handle->Stop(false);
  EXPECT_TRUE(call->WaitFor("final"));
  EXPECT_TRUE(Eventually([&] { return !Info().last_ends.empty(); }));
  const WorkerEnd end = Info().last_ends.front();
  EXPECT_EQ(end.worker, old.name);
  EXPECT_EQ(end.exit.pid, old.pid);
  EXPECT_EQ(end.exit.reason, ExitReason::kRecycled);
  EXPECT_EQ(end.exit.exit_status, 0);
  EXPECT_EQ(Info().recycles, 1);
  EXPECT_EQ(Info().failures, 0);
}

TEST_F(WorkerPoolsTest, StopAPoolWhoseWorkersDieAndStartItWithCountsReset) {
  Open(Options());
  for (int i = 1; i <= 3; ++i) {
    ASSERT_TRUE(WaitForState(PoolState::kRunning));
    support::SendSignal(Info().workers.at(0).pid, SIGKILL);
    ASSERT_TRUE(Eventually([&] { return Info().failures == i; }));
  }
  EXPECT_TRUE(WaitForState(PoolState::kStopped));
  EXPECT_THAT(Info().stop_reason, HasSubstr("rapid-fail protection: 3 failures within 5m; the "
                                            "last: worker a-3 was killed by signal 9"));
  EXPECT_EQ(Info().recent_failures, 3);
  ASSERT_TRUE(pools_->StartPool("a").ok());
  EXPECT_TRUE(WaitForState(PoolState::kRunning));
  EXPECT_EQ(Info().recent_failures, 0);
}

TEST_F(WorkerPoolsTest, CountWhatWorkersDoAndUse) {
  Open(Options());
  const auto call = std::make_shared<Call>();
  const auto handle = Start(call);
  ASSERT_TRUE(call->WaitFor("started"));
  EXPECT_TRUE(Eventually([&] { return Info().workers.at(0).resident_bytes > 0; }));
  const WorkerInfo info = Info().workers.at(0);
  EXPECT_EQ(info.registrations, 1);
  EXPECT_EQ(info.conversations, 1);
  EXPECT_GT(info.results, 0);
  EXPECT_GT(info.private_bytes, 0U);
  EXPECT_GT(info.virtual_bytes, info.resident_bytes);
  EXPECT_GT(info.threads, 1);
  EXPECT_GT(info.descriptors, 3);
}

TEST_F(WorkerPoolsTest, SayWhatThereIsNot) {
  Open(Options());
  EXPECT_EQ(ErrorReason(pools_->FindPool("b").status()), "POOL_NOT_FOUND");
  EXPECT_EQ(ErrorReason(pools_->StopPool("b", "")), "POOL_NOT_FOUND");
  EXPECT_EQ(ErrorReason(pools_->StartPool("b")), "POOL_NOT_FOUND");
  EXPECT_EQ(ErrorReason(pools_->RecyclePool("b", "")), "POOL_NOT_FOUND");
  EXPECT_EQ(ErrorReason(pools_->RecycleWorker("a-9", "")), "WORKER_NOT_FOUND");
  EXPECT_EQ(pools_->pools().size(), 1U);
}

}  // namespace
}  // namespace rsca::workers
