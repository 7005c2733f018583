// Listener channels and preloading, as a pool brings them to its workers.
#include "tests/unit/server/workers/pool_fixture.h"

namespace rsca::workers {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Observer final : public ListenerObserver {
 public:
  void OnListenerStarted(const ListenerInfo& info) override {
    events.push_back("started on " + info.worker);
  }
  void OnListenerMessages(const ListenerInfo& info) override {
    events.push_back("messages " + std::to_string(info.messages));
  }
  void OnListenerRefused(int32_t, const std::string& message) override {
    events.push_back("refused " + message);
  }
  void OnListenerStopped(const ListenerInfo& info) override {
    events.push_back("stopped: " + info.detail);
  }
  std::vector<std::string> events;
};

class PoolServices : public PoolTest {
 protected:
  using Received = worker::v1::ControlResponse;

  static PoolOptions WithApplication() {
    PoolOptions options = QuietOptions();
    options.applications.emplace_back();
    options.applications.back().id = "shop";
    return options;
  }

  absl::Status Listen() { return pool_->StartListener(1, {"a", "test.ok", "", ""}, observer_); }

  static void SayStarted(PlayedWorker* played) {
    worker::v1::ControlRequest message;
    message.mutable_listener_event()->set_listener(1);
    message.mutable_listener_event()->mutable_started();
    played->Say(message);
  }
  static void SayStopped(PlayedWorker* played) {
    worker::v1::ControlRequest message;
    message.mutable_listener_event()->set_listener(1);
    message.mutable_listener_event()->mutable_stopped();
    played->Say(message);
  }

  absl::Status Preload(const std::string& application) {
    return pool_->Preload(application, [this](const absl::StatusOr<ApplicationInfo>& info) {
      answers_.push_back(info);
    });
  }

  std::shared_ptr<Observer> observer_ = std::make_shared<Observer>();
  std::vector<absl::StatusOr<ApplicationInfo>> answers_;
};

TEST_F(PoolServices, AListenerStartsOnAReadyWorkerAndIsWorkForIt) {
  OpenReady(QuietOptions());
  ASSERT_TRUE(Listen().ok());
  EXPECT_EQ(worker(0).CountReceived(Received::kStartListener), 1);
  SayStarted(&worker(0));
  EXPECT_TRUE(worker(0).worker->counts().busy());
  ASSERT_TRUE(pool_->StopListener(1, false).ok());
  EXPECT_EQ(worker(0).CountReceived(Received::kStopListener), 1);
  SayStopped(&worker(0));
  EXPECT_FALSE(worker(0).worker->counts().busy());
  EXPECT_THAT(observer_->events, ElementsAre("started on a-1", "stopped: it was asked to stop"));
  EXPECT_EQ(ErrorReason(pool_->StopListener(1, false)), "LISTENER_NOT_FOUND");
}

TEST_F(PoolServices, AListenerWaitsForAWorkerThatStarts) {
  Open(QuietOptions());
  ASSERT_TRUE(Listen().ok());
  EXPECT_THAT(pool_->listeners(), SizeIs(1));
  worker(0).BecomeReady();
  EXPECT_EQ(worker(0).CountReceived(Received::kStartListener), 1);
}

TEST_F(PoolServices, AListenerMovesWithARecycle) {
  OpenReady(QuietOptions());
  ASSERT_TRUE(Listen().ok());
  SayStarted(&worker(0));
  ASSERT_TRUE(pool_->Recycle("new version").ok());
  worker(1).BecomeReady();
  EXPECT_EQ(worker(1).CountReceived(Received::kStartListener), 0) << "the old one listens still";
  EXPECT_EQ(worker(0).CountReceived(Received::kStopListener), 1);
  SayStopped(&worker(0));
  EXPECT_EQ(worker(1).CountReceived(Received::kStartListener), 1);
  EXPECT_TRUE(worker(0).WasAskedToShutDown());
  SayStarted(&worker(1));
  EXPECT_THAT(observer_->events, ElementsAre("started on a-1", "started on a-2"));
}

TEST_F(PoolServices, AListenerStartsAgainAfterACrash) {
  OpenReady(QuietOptions());
  ASSERT_TRUE(Listen().ok());
  SayStarted(&worker(0));
  worker(0).Crash();
  timers_.Advance(absl::Milliseconds(100));
  worker(1).BecomeReady();
  EXPECT_EQ(worker(1).CountReceived(Received::kStartListener), 1);
  SayStarted(&worker(1));
  EXPECT_THAT(observer_->events, ElementsAre("started on a-1", "started on a-2"));
}

TEST_F(PoolServices, AStoppedPoolEndsItsListenersAndTakesNone) {
  OpenReady(QuietOptions());
  ASSERT_TRUE(Listen().ok());
  SayStarted(&worker(0));
  pool_->Stop("by hand");
  SayStopped(&worker(0));
  EXPECT_THAT(observer_->events,
              ElementsAre("started on a-1", "stopped: the pool is stopped: by hand"));
  EXPECT_THAT(pool_->listeners(), IsEmpty());
  EXPECT_EQ(ErrorReason(Listen()), "POOL_STOPPED");
  EXPECT_EQ(ErrorReason(Preload("shop")), "POOL_STOPPED");
}

TEST_F(PoolServices, AnApplicationIsPreloadedByAReadyWorker) {
  Open(WithApplication());
  EXPECT_EQ(ErrorReason(Preload("shop")), "WORKER_UNAVAILABLE");
  worker(0).BecomeReady();
  EXPECT_EQ(ErrorReason(Preload("wiki")), "APPLICATION_NOT_FOUND");
  ASSERT_TRUE(Preload("shop").ok());
  const auto received = worker(0).Received();
  ASSERT_TRUE(!received.empty() && received.back().has_preload_application());
  worker::v1::ControlRequest message;
  message.mutable_preloaded()->set_number(received.back().preload_application().number());
  message.mutable_preloaded()->set_application("shop");
  worker(0).Say(message);
  ASSERT_THAT(answers_, SizeIs(1));
  EXPECT_EQ(answers_[0]->state, PreloadState::kLoaded);
  EXPECT_EQ(pool_->applications().at(0).worker, "a-1");
}

TEST_F(PoolServices, APreloadingThatItsWorkerDoesNotSurviveFails) {
  OpenReady(WithApplication());
  ASSERT_TRUE(Preload("shop").ok());
  worker(0).Crash();
  ASSERT_THAT(answers_, SizeIs(1));
  EXPECT_EQ(ErrorReason(answers_[0].status()), "WORKER_UNAVAILABLE");
}

}  // namespace
}  // namespace rsca::workers
