// What the framework's interfaces do to a pool, on real workers with tests/plugins/everything.cc:
// listener channels, preloading, and plug-ins that fail or recycle their worker.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status.h"
#include "server/workers/worker_pools.h"
#include "tests/support/eventually.h"
#include "tests/support/proc.h"
#include "tests/support/rscad_process.h"

namespace rsca::workers {
namespace {

using support::Eventually;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class NoListener final : public PoolListener {
 public:
  void OnPoolHealth(const std::string&, bool) override {}
};

// What is said, in order.
class Log {
 public:
  void Add(const std::string& event) {
    MutexLock lock(&mutex_);
    events_.push_back(event);
  }
  bool WaitFor(const std::string& event) {
    return Eventually([&] {
      MutexLock lock(&mutex_);
      return std::find(events_.begin(), events_.end(), event) != events_.end();
    });
  }

 private:
  Mutex mutex_;
  std::vector<std::string> events_ ABSL_GUARDED_BY(mutex_);
};

class Response final : public ActionListener {
 public:
  void OnStarted() override {}
  void OnRefused(const Refusal& refusal) override { log.Add("refused " + refusal.message); }
  void OnReports(absl::Span<Report> reports) override {
    log.Add(std::string(reports.back().response));
  }
  void OnEnded(const End&) override { log.Add("ended"); }
  void OnWorkerReplaced(const std::string&) override {}
  Log log;
};

class Channel final : public ListenerObserver {
 public:
  void OnListenerStarted(const ListenerInfo& info) override { log.Add("started " + info.worker); }
  void OnListenerMessages(const ListenerInfo& info) override {
    log.Add(absl::StrCat("messages ", info.messages));
  }
  void OnListenerRefused(int32_t, const std::string& message) override {
    log.Add("refused " + message);
  }
  void OnListenerStopped(const ListenerInfo& info) override { log.Add("stopped " + info.detail); }
  Log log;
};

class FrameworkTest : public testing::Test {
 protected:
  void Open() {
    WorkerOptions workers;
    workers.program = support::WorkerPath();
    workers.log_level = "debug";
    workers.max_response_bytes = 1 << 20;
    workers.report_wait = absl::Seconds(60);
    pools_ = std::make_unique<WorkerPools>(std::vector<PoolOptions>{options_}, workers, &timers_,
                                           &listener_);
    pools_->WaitForFirstWorkers(absl::Minutes(1));
    ASSERT_EQ(Info().state, PoolState::kRunning);
  }

  static PoolOptions Options() {
    PoolOptions options;
    options.name = "a";
    ProtocolManagerOptions manager;
    manager.name = "everything";
    manager.library = support::PluginPath("everything");
    manager.entry_point = "GetProtocolManager";
    for (const char* name : {"messages", "fail", "fail_next_ping", "recycle", "health", "calls"}) {
      manager.functions.emplace_back();
      manager.functions.back().name = absl::StrCat("everything.", name);
      manager.functions.back().answers = Answers::kOnce;
    }
    options.protocol_managers = {manager};
    options.applications.emplace_back();
    options.applications.back().id = "shop";
    options.applications.back().site_id = 7;
    options.applications.back().config_path = "MACHINE/shop";
    options.applications.back().preload = true;
    options.max_plugin_calls = 4;
    options.startup_time_limit = absl::Minutes(1);
    options.shutdown_time_limit = absl::Minutes(1);
    options.restart_backoff_min = absl::Milliseconds(1);
    options.restart_backoff_max = absl::Milliseconds(10);
    options.pinging_enabled = false;
    options.rapid_fail_protection.enabled = false;
    options.quarantine.enabled = false;
    options.sandbox.seccomp = false;
    return options;
  }

  PoolInfo Info() { return *pools_->FindPool("a"); }

  // Calls a function that answers once, and waits for the answer.
  void Act(const std::string& function, const std::string& arguments, const std::string& answer) {
    const auto run = std::make_shared<Response>();
    const auto handle =
        pools_->Start("a", {"everything." + function, arguments, true, 1 << 20}, run);
    ASSERT_TRUE(handle.ok()) << handle.status();
    EXPECT_TRUE(run->log.WaitFor(answer));
  }

  // Calls one that its worker may not survive.
  void ActWithoutAnswer(const std::string& function, const std::string& arguments) {
    auto handle = pools_->Start("a", {"everything." + function, arguments, true, 1 << 20},
                                std::make_shared<Response>());
    ASSERT_TRUE(handle.ok()) << handle.status();
  }

  WorkerExit WaitForEnd() {
    EXPECT_TRUE(Eventually([this] { return !Info().last_ends.empty(); }));
    return Info().last_ends.empty() ? WorkerExit() : Info().last_ends.front().exit;
  }

  ThreadTimers timers_;
  NoListener listener_;
  PoolOptions options_ = Options();
  std::shared_ptr<Channel> channel_ = std::make_shared<Channel>();
  std::unique_ptr<WorkerPools> pools_;
};

TEST_F(FrameworkTest, AListenerChannelLivesThroughRecycleAndDeathUntilItIsStopped) {
  Open();
  const auto id = pools_->StartListener({"a", "test.ok", "blob", ""}, channel_);
  ASSERT_TRUE(id.ok()) << id.status();
  ASSERT_TRUE(channel_->log.WaitFor("started a-1"));
  Act("messages", absl::StrCat(*id, " 1000"), "0x0");
  EXPECT_TRUE(channel_->log.WaitFor("messages 1000"));

  ASSERT_TRUE(pools_->RecyclePool("a", "new version").ok());
  ASSERT_TRUE(channel_->log.WaitFor("started a-2"));
  EXPECT_EQ(WaitForEnd().reason, ExitReason::kRecycled);
  Act("messages", absl::StrCat(*id, " 1"), "0x0");
  EXPECT_TRUE(channel_->log.WaitFor("messages 1001"));

  support::SendSignal(Info().workers.at(0).pid, SIGKILL);
  ASSERT_TRUE(channel_->log.WaitFor("started a-3"));
  ASSERT_THAT(pools_->listeners(), SizeIs(1));
  EXPECT_EQ(pools_->listeners()[0].worker, "a-3");
  ASSERT_TRUE(pools_->StopListener(*id, false).ok());
  EXPECT_TRUE(channel_->log.WaitFor("stopped it was asked to stop"));
  EXPECT_THAT(pools_->listeners(), IsEmpty());
  EXPECT_EQ(ErrorReason(pools_->StopListener(*id, false)), "LISTENER_NOT_FOUND");
}

TEST_F(FrameworkTest, AListenerChannelThatNobodyKnowsIsRefused) {
  Open();
  ASSERT_TRUE(pools_->StartListener({"a", "gopher", "", ""}, channel_).ok());
  EXPECT_TRUE(
      channel_->log.WaitFor("refused no protocol manager of the pool listens for `gopher`"));
  EXPECT_EQ(ErrorReason(pools_->StartListener({"b", "test.ok", "", ""}, channel_).status()),
            "POOL_NOT_FOUND");
}

TEST_F(FrameworkTest, ApplicationsArePreloadedAtTheStartAndOnDemand) {
  Open();
  EXPECT_TRUE(
      Eventually([this] { return pools_->applications()[0].state == PreloadState::kLoaded; }));
  const auto log = std::make_shared<Log>();
  const auto done = [log](const absl::StatusOr<ApplicationInfo>& info) {
    log->Add(info.ok() && info->state == PreloadState::kLoaded ? "loaded" : "not loaded");
  };
  ASSERT_TRUE(pools_->Preload("a", "shop", done).ok());
  EXPECT_TRUE(log->WaitFor("loaded"));
  EXPECT_EQ(ErrorReason(pools_->Preload("a", "wiki", done)), "APPLICATION_NOT_FOUND");
  EXPECT_EQ(ErrorReason(pools_->Preload("b", "shop", done)), "POOL_NOT_FOUND");
}

TEST_F(FrameworkTest, APluginFailsItsWorkerAtOnceAndTheReasonIsRecorded) {
  Open();
  ActWithoutAnswer("fail", "state lost");
  const WorkerExit exit = WaitForEnd();
  EXPECT_EQ(exit.reason, ExitReason::kFailed);
  EXPECT_THAT(exit.detail, HasSubstr("state lost (protocol manager everything)"));
  EXPECT_THAT(exit.detail, HasSubstr("0x80070070"));
}

TEST_F(FrameworkTest, APluginThatIsNotHealthyOrFailsThePingEndsItsWorker) {
  options_.pinging_enabled = true;
  options_.ping_interval = absl::Milliseconds(20);
  options_.ping_response_time = absl::Minutes(1);
  Open();
  ActWithoutAnswer("health", "unhealthy");
  WorkerExit exit = WaitForEnd();
  EXPECT_EQ(exit.reason, ExitReason::kFailed);
  EXPECT_THAT(exit.detail, HasSubstr("not healthy (protocol manager everything)"));

  ASSERT_TRUE(Eventually([this] { return Info().state == PoolState::kRunning; }));
  ActWithoutAnswer("fail_next_ping", "too old");
  ASSERT_TRUE(Eventually([this] { return Info().last_ends.size() == 2; }));
  exit = Info().last_ends.front().exit;
  EXPECT_EQ(exit.reason, ExitReason::kFailed);
  EXPECT_THAT(exit.detail, HasSubstr("too old"));
}

TEST_F(FrameworkTest, APluginHasItsWorkerRecycled) {
  Open();
  Act("recycle", "grown too large", "asked");
  const WorkerExit exit = WaitForEnd();
  EXPECT_EQ(exit.reason, ExitReason::kRecycled);
  EXPECT_THAT(exit.detail, HasSubstr("grown too large"));
  EXPECT_EQ(Info().failures, 0);
  EXPECT_EQ(Info().workers.at(0).name, "a-2");
}

}  // namespace
}  // namespace rsca::workers
