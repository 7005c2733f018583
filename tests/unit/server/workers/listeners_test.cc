#include "server/workers/listeners.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "common/hresult.h"
#include "common/status.h"

namespace rsca::workers {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class Recorder final : public ListenerObserver {
 public:
  void OnListenerStarted(const ListenerInfo& info) override {
    events.push_back("started on " + info.worker);
  }
  void OnListenerMessages(const ListenerInfo& info) override {
    events.push_back(absl::StrCat("messages ", info.messages));
  }
  void OnListenerRefused(int32_t hresult, const std::string& message) override {
    events.push_back(absl::StrCat("refused ", HresultHex(hresult), " ", message));
  }
  void OnListenerStopped(const ListenerInfo& info) override {
    events.push_back(absl::StrCat("stopped ", HresultHex(info.hresult), " ", info.detail));
  }
  std::vector<std::string> events;
};

// The workers are real objects without processes; the test plays what they answer.
class ListenersTest : public testing::Test {
 protected:
  std::shared_ptr<Worker> MakeReady(const std::string& name) {
    auto worker = std::make_shared<Worker>(name, std::weak_ptr<WorkerOwner>());
    listeners_.OnWorkerReady(worker);
    return worker;
  }

  void Start(uint32_t id = 1) { listeners_.Start(id, {"pool", "test.ok", "blob", ""}, recorder_); }

  // What was sent to the worker next, which the test knows is there.
  static std::string Sent(Worker* worker) {
    worker::v1::ControlResponse message;
    EXPECT_TRUE(worker->control_outbox()->Pop(&message));
    if (message.has_start_listener()) {
      const auto& start = message.start_listener();
      return absl::StrCat("start ", start.listener(), " ", start.protocol(), " ", start.blob());
    }
    return absl::StrCat("stop ", message.stop_listener().listener(),
                        message.stop_listener().immediate() ? " immediate" : "");
  }

  void Started(Worker* worker, uint32_t id = 1) {
    worker::v1::ListenerEvent event;
    event.set_listener(id);
    event.mutable_started()->set_protocol_manager("manager");
    listeners_.OnEvent(worker, event);
  }
  void Messages(Worker* worker, uint64_t count) {
    worker::v1::ListenerEvent event;
    event.set_listener(1);
    event.set_messages_received(count);
    listeners_.OnEvent(worker, event);
  }
  void Refused(Worker* worker, int32_t hresult) {
    worker::v1::ListenerEvent event;
    event.set_listener(1);
    event.mutable_refused()->set_hresult(hresult);
    event.mutable_refused()->set_message("because");
    listeners_.OnEvent(worker, event);
  }
  void Stopped(Worker* worker, int32_t hresult = 0) {
    worker::v1::ListenerEvent event;
    event.set_listener(1);
    event.mutable_stopped()->set_hresult(hresult);
    listeners_.OnEvent(worker, event);
  }

  Listeners listeners_;
  std::shared_ptr<Recorder> recorder_ = std::make_shared<Recorder>();
};

TEST_F(ListenersTest, AChannelStartsOnAReadyWorkerAndTellsItsObserver) {
  const auto worker = MakeReady("w-1");
  Start();
  EXPECT_EQ(Sent(worker.get()), "start 1 test.ok blob");
  EXPECT_EQ(listeners_.list()[0].state, ListenerState::kStarting);
  Started(worker.get());
  Messages(worker.get(), 2);
  Messages(worker.get(), 3);
  EXPECT_EQ(listeners_.list()[0].state, ListenerState::kStarted);
  EXPECT_EQ(listeners_.list()[0].request.protocol_manager, "manager");
  EXPECT_TRUE(listeners_.Stop(1, false).ok());
  EXPECT_EQ(Sent(worker.get()), "stop 1");
  EXPECT_EQ(listeners_.list()[0].state, ListenerState::kStopping);
  EXPECT_TRUE(listeners_.Stop(1, true).ok());
  EXPECT_EQ(Sent(worker.get()), "stop 1 immediate");
  Stopped(worker.get());
  EXPECT_THAT(recorder_->events, ElementsAre("started on w-1", "messages 2", "messages 5",
                                             "stopped 0x00000000 it was asked to stop"));
  EXPECT_THAT(listeners_.list(), IsEmpty());
  EXPECT_EQ(ErrorReason(listeners_.Stop(1, false)), "LISTENER_NOT_FOUND");
}

TEST_F(ListenersTest, WithoutAWorkerAChannelWaitsForOne) {
  Start();
  EXPECT_EQ(listeners_.list()[0].worker, "");
  const auto worker = MakeReady("w-1");
  EXPECT_EQ(Sent(worker.get()), "start 1 test.ok blob");
  EXPECT_EQ(listeners_.list()[0].worker, "w-1");
}

TEST_F(ListenersTest, AChannelThatWaitsMayBeStopped) {
  Start();
  EXPECT_TRUE(listeners_.Stop(1, false).ok());
  EXPECT_THAT(recorder_->events,
              ElementsAre("stopped 0x00000000 it was stopped while no worker ran it"));
  EXPECT_THAT(listeners_.list(), IsEmpty());
}

TEST_F(ListenersTest, ARefusalEndsAChannel) {
  const auto worker = MakeReady("w-1");
  Start();
  Refused(worker.get(), -5);
  EXPECT_THAT(recorder_->events, ElementsAre("refused 0xfffffffb because"));
  EXPECT_THAT(listeners_.list(), IsEmpty());
}

TEST_F(ListenersTest, AProtocolManagerMayEndAChannel) {
  const auto worker = MakeReady("w-1");
  Start();
  Started(worker.get());
  Stopped(worker.get(), -5);
  EXPECT_THAT(recorder_->events,
              ElementsAre("started on w-1", "stopped 0xfffffffb its protocol manager ended it"));
}

TEST_F(ListenersTest, AfterACrashAChannelStartsAgainOnTheNextWorker) {
  const auto worker = MakeReady("w-1");
  Start();
  Sent(worker.get());
  Started(worker.get());
  Messages(worker.get(), 2);
  listeners_.OnWorkerGone(worker.get());
  EXPECT_EQ(listeners_.list()[0].state, ListenerState::kStarting);
  const auto next = MakeReady("w-2");
  EXPECT_EQ(Sent(next.get()), "start 1 test.ok blob");
  Started(next.get());
  Messages(next.get(), 1);
  EXPECT_THAT(recorder_->events,
              ElementsAre("started on w-1", "messages 2", "started on w-2", "messages 3"));
}

TEST_F(ListenersTest, ARecycledWorkerLetsGoBeforeTheNextOneStarts) {
  const auto worker = MakeReady("w-1");
  Start();
  Sent(worker.get());
  Started(worker.get());
  const auto next = MakeReady("w-2");
  listeners_.OnWorkerLeaving(worker.get());
  EXPECT_EQ(Sent(worker.get()), "stop 1");
  EXPECT_EQ(listeners_.list()[0].worker, "w-1");
  Stopped(worker.get());
  EXPECT_EQ(Sent(next.get()), "start 1 test.ok blob");
  // What the old one says from here on is nobody's business.
  Messages(worker.get(), 7);
  listeners_.OnWorkerGone(worker.get());
  Started(next.get());
  EXPECT_THAT(recorder_->events, ElementsAre("started on w-1", "started on w-2"));
}

TEST_F(ListenersTest, AChannelThatCannotStartAgainIsStoppedWithTheReason) {
  const auto worker = MakeReady("w-1");
  Start();
  Started(worker.get());
  listeners_.OnWorkerGone(worker.get());
  const auto next = MakeReady("w-2");
  Refused(next.get(), -5);
  EXPECT_THAT(recorder_->events, ElementsAre("started on w-1", "stopped 0xfffffffb because"));
}

TEST_F(ListenersTest, AStopDuringARecycleEndsTheChannel) {
  const auto worker = MakeReady("w-1");
  Start();
  Started(worker.get());
  const auto next = MakeReady("w-2");
  listeners_.OnWorkerLeaving(worker.get());
  EXPECT_TRUE(listeners_.Stop(1, false).ok());
  Stopped(worker.get());
  EXPECT_THAT(recorder_->events,
              ElementsAre("started on w-1", "stopped 0x00000000 it was asked to stop"));
  EXPECT_THAT(listeners_.list(), IsEmpty());
}

TEST_F(ListenersTest, AStopThatTheWorkerDoesNotSurviveEndsTheChannel) {
  const auto worker = MakeReady("w-1");
  Start();
  Started(worker.get());
  EXPECT_TRUE(listeners_.Stop(1, false).ok());
  listeners_.OnWorkerGone(worker.get());
  EXPECT_THAT(recorder_->events,
              ElementsAre("started on w-1", "stopped 0x8007042b its worker ended"));
}

TEST_F(ListenersTest, AStoppedPoolEndsAllChannels) {
  const auto worker = MakeReady("w-1");
  Start(1);
  Start(2);
  listeners_.EndAll("the pool is stopped");
  EXPECT_THAT(listeners_.list(), IsEmpty());
  EXPECT_THAT(recorder_->events, ElementsAre("stopped 0x8007045b the pool is stopped",
                                             "stopped 0x8007045b the pool is stopped"));
  Stopped(worker.get());
  EXPECT_THAT(recorder_->events, SizeIs(2));
}

TEST_F(ListenersTest, ChannelsSpreadOverTheWorkers) {
  const auto one = MakeReady("w-1");
  const auto two = MakeReady("w-2");
  Start(1);
  Start(2);
  EXPECT_EQ(Sent(one.get()), "start 1 test.ok blob");
  EXPECT_EQ(Sent(two.get()), "start 2 test.ok blob");
}

TEST_F(ListenersTest, AnObserverMayStopItsChannel) {
  class Stopper final : public ListenerObserver {
   public:
    explicit Stopper(Listeners* listeners) : listeners_(listeners) {}
    void OnListenerStarted(const ListenerInfo& info) override {
      events.emplace_back("started");
      EXPECT_TRUE(listeners_->Stop(info.id, true).ok());
    }
    void OnListenerMessages(const ListenerInfo&) override {}
    void OnListenerRefused(int32_t, const std::string&) override {}
    void OnListenerStopped(const ListenerInfo&) override { events.emplace_back("stopped"); }
    std::vector<std::string> events;

   private:
    Listeners* const listeners_;
  };
  const auto stopper = std::make_shared<Stopper>(&listeners_);
  const auto worker = MakeReady("w-1");
  listeners_.Start(1, {"pool", "test.ok", "", ""}, stopper);
  Started(worker.get());
  Stopped(worker.get());
  EXPECT_THAT(stopper->events, ElementsAre("started", "stopped"));
}

}  // namespace
}  // namespace rsca::workers
