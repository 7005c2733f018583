// IPmListenerChannelManager and its callback.
#include "common/hresult.h"
#include "tests/unit/server/worker/everything_fixture.h"

namespace rsca::worker {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr char kInvalidStateText[] = "0x8007139f";

class ListenersTest : public EverythingFixture {
 protected:
  ListenersTest() { AddEverything(); }

  void StartOk(uint32_t listener, const std::string& protocol = "test.ok") {
    server_.StartListener(listener, protocol);
    EXPECT_EQ(server_.WaitListenerEvent(listener).started().protocol_manager(), "everything");
  }

  v1::ListenerRefused StartRefused(const std::string& protocol,
                                   const std::string& protocol_manager = "") {
    server_.StartListener(1, protocol, "", protocol_manager);
    const v1::ListenerEvent event = server_.WaitListenerEvent(1);
    EXPECT_TRUE(event.has_refused()) << event.ShortDebugString();
    EXPECT_LT(event.refused().hresult(), 0);
    return event.refused();
  }

  int32_t WaitStopped(uint32_t listener) {
    const v1::ListenerEvent event = server_.WaitListenerEvent(listener);
    EXPECT_TRUE(event.has_stopped()) << event.ShortDebugString();
    return event.stopped().hresult();
  }
};

TEST_F(ListenersTest, AChannelHasItsIdAndBlobAndStarts) {
  StartWorker();
  server_.StartListener(5, "test.ok", "port=514");
  EXPECT_EQ(server_.WaitListenerEvent(5).started().protocol_manager(), "everything");
  EXPECT_EQ(Act("channels"), "5 test.ok port=514\n");
  server_.StopListener(5);
  EXPECT_EQ(WaitStopped(5), S_OK);
  EXPECT_THAT(Act("calls"), HasSubstr("StopListenerChannel 5 test.ok\n"));
}

TEST_F(ListenersTest, AStopMayBeImmediate) {
  StartWorker();
  StartOk(5);
  server_.StopListener(5, true);
  EXPECT_EQ(WaitStopped(5), S_OK);
  EXPECT_THAT(Act("calls"), HasSubstr("StopListenerChannel 5 test.ok immediate\n"));
}

TEST_F(ListenersTest, AStartMayBeReportedLaterButOnce) {
  StartWorker();
  server_.StartListener(5, "test.late");
  WaitCalled("StartListenerChannel test.late");
  EXPECT_EQ(Act("started", "5"), "0x0");
  EXPECT_TRUE(server_.WaitListenerEvent(5).has_started());
  EXPECT_EQ(Act("started", "5"), kInvalidStateText);
}

TEST_F(ListenersTest, AnUnknownProtocolIsRefused) {
  StartWorker();
  const v1::ListenerRefused refused = StartRefused("gopher");
  EXPECT_EQ(refused.hresult(), HRESULT_FROM_WIN32(ERROR_NOT_SUPPORTED));
  EXPECT_THAT(refused.message(), HasSubstr("`gopher`"));
}

TEST_F(ListenersTest, AnUnknownProtocolManagerIsRefused) {
  StartWorker();
  const v1::ListenerRefused refused = StartRefused("test.ok", "nobody");
  EXPECT_EQ(refused.hresult(), kHrNotFound);
  EXPECT_THAT(refused.message(), HasSubstr("`nobody`"));
}

TEST_F(ListenersTest, AFailingStartIsRefusedWithItsHresultAndItsReportsAreDropped) {
  StartWorker();
  const v1::ListenerRefused refused = StartRefused("test.refused");
  EXPECT_EQ(refused.hresult(), E_ACCESSDENIED);
  EXPECT_THAT(refused.message(), HasSubstr("`everything`"));
  EXPECT_TRUE(server_.PingPong());
  EXPECT_EQ(server_.CountMessages(v1::ControlRequest::kListenerEvent), 0u);
}

TEST_F(ListenersTest, AStartThatThrowsIsRefused) {
  StartWorker();
  const v1::ListenerRefused refused = StartRefused("test.throws");
  EXPECT_EQ(refused.hresult(), E_UNEXPECTED);
  EXPECT_THAT(refused.message(), HasSubstr("in StartListenerChannel"));
}

TEST_F(ListenersTest, TheNextManagerIsAskedWhereOneDoesNotKnowTheProtocol) {
  bootstrap_.clear_protocol_managers();
  AddOther("one", "everything", {});
  AddEverything();
  StartWorker();
  server_.StartListener(5, "test.ok");
  EXPECT_EQ(server_.WaitListenerEvent(5).started().protocol_manager(), "one");
  server_.StartListener(6, "test.ok", "", "everything");
  EXPECT_EQ(server_.WaitListenerEvent(6).started().protocol_manager(), "everything");
}

TEST_F(ListenersTest, AChannelMayEndByItself) {
  StartWorker();
  StartOk(5);
  EXPECT_EQ(Act("stopped", "5"), "0x0");
  EXPECT_EQ(WaitStopped(5), E_ABORT);
  // After the end nothing is taken.
  EXPECT_EQ(Act("stopped", "5"), kInvalidStateText);
  EXPECT_EQ(Act("started", "5"), kInvalidStateText);
  EXPECT_EQ(Act("messages", "5 1"), kInvalidStateText);
  server_.StopListener(5);
  EXPECT_TRUE(server_.PingPong());
  EXPECT_EQ(server_.CountMessages(v1::ControlRequest::kListenerEvent), 0u);
  EXPECT_THAT(Act("calls"), Not(HasSubstr("StopListenerChannel")));
}

TEST_F(ListenersTest, AChannelMayEndWhileItStarts) {
  StartWorker();
  StartOk(5, "test.dies");
  EXPECT_EQ(WaitStopped(5), HRESULT_FROM_WIN32(ERROR_BROKEN_PIPE));
}

TEST_F(ListenersTest, AFloodOfMessagesIsCountedToTheLastAndToldRarely) {
  StartWorker();
  StartOk(5);
  constexpr uint64_t kMessages = 200'000;
  EXPECT_EQ(Act("messages", "5 " + std::to_string(kMessages)), "0x0");
  server_.StopListener(5);
  uint64_t messages = 0;
  int events = 0;
  for (v1::ListenerEvent event = server_.WaitListenerEvent(5); !event.has_stopped();
       event = server_.WaitListenerEvent(5)) {
    messages += event.messages_received();
    ASSERT_LT(++events, 1000);
  }
  EXPECT_EQ(messages, kMessages);
}

TEST_F(ListenersTest, AStopCallThatFailsEndsTheChannelWithItsHresult) {
  StartWorker();
  StartOk(5, "test.stop_fails");
  server_.StopListener(5);
  EXPECT_EQ(WaitStopped(5), E_UNEXPECTED);
  EXPECT_EQ(Act("messages", "5 1"), kInvalidStateText);
}

TEST_F(ListenersTest, AStopThatHangsIsHurriedByAnImmediateOne) {
  StartWorker();
  StartOk(5, "test.stop_hangs");
  StartOk(6);
  server_.StopListener(5);
  WaitCalled("StopListenerChannel 5 test.stop_hangs");
  server_.StopListener(6);
  EXPECT_EQ(WaitStopped(6), S_OK);
  server_.StopListener(5, true);
  EXPECT_EQ(WaitStopped(5), S_OK);
}

TEST_F(ListenersTest, AStartThatHangsHindersNobodyAndCanBeStopped) {
  StartWorker();
  server_.StartListener(5, "test.hang");
  WaitCalled("StartListenerChannel test.hang");
  StartOk(6);
  server_.Ping(1);
  EXPECT_FALSE(server_.WaitPong(1).has_failure());
  server_.StopListener(5);
  EXPECT_EQ(WaitStopped(5), kHrCancelled);
  Act("release");
  // The plug-in, which has started it after all, learns that it is not wanted.
  WaitCalled("StopListenerChannel 5 test.hang immediate");
  EXPECT_EQ(Act("messages", "5 1"), kInvalidStateText);
}

TEST_F(ListenersTest, WithEveryThreadInACallAStartIsRefused) {
  bootstrap_.set_max_plugin_calls(1);
  StartWorker();
  server_.StartListener(5, "test.hang");
  server_.StartListener(6, "test.ok");
  EXPECT_EQ(server_.WaitListenerEvent(6).refused().hresult(), kHrBusy);
  server_.StopListener(5);
  EXPECT_EQ(WaitStopped(5), kHrCancelled);
}

TEST_F(ListenersTest, ShutdownStopsAllChannelsBeforeTheManagers) {
  StartWorker();
  StartOk(5);
  StartOk(6);
  const std::string before = Act("calls");
  server_.Shutdown(false);
  EXPECT_EQ(JoinWorker(), 0);
  EXPECT_EQ(WaitStopped(5), S_OK);
  EXPECT_EQ(WaitStopped(6), S_OK);
}

TEST_F(ListenersTest, AnImmediateShutdownHurriesAChannelThatHangs) {
  StartWorker();
  StartOk(5, "test.stop_hangs");
  server_.Shutdown(false);
  server_.Shutdown(true);
  EXPECT_EQ(WaitStopped(5), S_OK);
  EXPECT_EQ(JoinWorker(), 0);
}

}  // namespace
}  // namespace rsca::worker
