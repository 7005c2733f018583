// Runs, and plug-in calls that hang.
#include "common/hresult.h"
#include "tests/unit/server/worker/worker_fixture.h"

namespace rsca::worker {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

HRESULT Answer(ICustomActionResultCallback* callback, std::string response, HRESULT status = S_OK) {
  return callback->ReportResult(status, reinterpret_cast<PBYTE>(response.data()),
                                static_cast<DWORD>(response.size()));
}

class PluginCallsTest : public WorkerFixture {
 protected:
  void SetUp() override {
    KeepCallbacks();
    strings_->on_run = [](const std::wstring&, const std::wstring&,
                          ICustomActionResultCallback* callback) {
      return Answer(callback, "answer", S_FALSE);
    };
    AddPuppet();
  }
  ~PluginCallsTest() override { leave_.Set(); }

  // Every call with the arguments `hang` does.
  void HangInRun() {
    strings_->on_run = [this](const std::wstring&, const std::wstring& arguments,
                              ICustomActionResultCallback* callback) {
      if (arguments == L"hang") {
        in_call_.Set();
        leave_.Wait();
      }
      return Answer(callback, "answer");
    };
  }

  Flag in_call_;
  Flag leave_;
};

TEST_F(PluginCallsTest, ARunHasOneFinalResult) {
  StartWorker();
  server_.StartRun(1, "once", "{}");
  EXPECT_EQ(server_.WaitStarted(1).hresult(), S_OK);
  const auto reports = server_.WaitEnd(1);
  EXPECT_THAT(Texts(reports), ElementsAre("answer"));
  EXPECT_TRUE(reports[0].final());
  EXPECT_EQ(reports[0].hr_status, S_FALSE);
}

TEST_F(PluginCallsTest, ASecondResultOfARunFails) {
  RunCallback kept;
  strings_->on_run = [&kept](const std::wstring&, const std::wstring&,
                             ICustomActionResultCallback* callback) {
    kept = RunCallback::Share(callback);
    return Answer(callback, "first");
  };
  StartWorker();
  server_.StartRun(1, "once");
  EXPECT_THAT(Texts(server_.WaitEnd(1)), ElementsAre("first"));
  EXPECT_EQ(Answer(kept.Get(), "second"), kInvalidState);
  EXPECT_EQ(StopWorker(), 0);
  EXPECT_THAT(Texts(server_.Reports(1)), ElementsAre("first"));
}

TEST_F(PluginCallsTest, ARunWithoutAnAnswerIsDropped) {
  strings_->on_run = [](const std::wstring&, const std::wstring&, ICustomActionResultCallback*) {
    return S_OK;
  };
  StartWorker();
  server_.StartRun(1, "once");
  EXPECT_EQ(server_.WaitStarted(1).hresult(), S_OK);
  EXPECT_THAT(Texts(server_.WaitEnd(1)), ElementsAre("<dropped>"));
}

TEST_F(PluginCallsTest, AFailingRunHasNoResult) {
  strings_->on_run = [](const std::wstring&, const std::wstring&, ICustomActionResultCallback*) {
    return HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND);
  };
  StartWorker();
  server_.StartRun(1, "once");
  EXPECT_EQ(server_.WaitStarted(1).hresult(), HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND));
  EXPECT_EQ(StopWorker(), 0);
  EXPECT_THAT(server_.Reports(1), SizeIs(0));
}

TEST_F(PluginCallsTest, AStoppedRunIsDiscardedAndEndsAtOnceEvenIfItHangs) {
  Flag answered;
  strings_->on_run = [&](const std::wstring&, const std::wstring&,
                         ICustomActionResultCallback* callback) {
    in_call_.Set();
    leave_.Wait();
    EXPECT_EQ(Answer(callback, "too late"), kCancelled);
    answered.Set();
    return S_OK;
  };
  StartWorker();
  server_.StartRun(1, "once");
  ASSERT_TRUE(in_call_.Wait());
  server_.StopChannel(1);
  EXPECT_THAT(Texts(server_.WaitEnd(1)), ElementsAre("<unregistered>"));
  leave_.Set();
  EXPECT_TRUE(answered.Wait());
}

TEST_F(PluginCallsTest, ACallThatHangsHindersNobodyElse) {
  HangInRun();
  StartWorker();
  server_.StartRun(1, "once", "hang");
  ASSERT_TRUE(in_call_.Wait());
  server_.StartRun(2, "once", "quick");
  EXPECT_THAT(Texts(server_.WaitEnd(2)), ElementsAre("answer"));
  server_.Start(3, "many");
  EXPECT_EQ(server_.WaitStarted(3).hresult(), S_OK);
  EXPECT_TRUE(server_.PingPong());
  EXPECT_FALSE(server_.HasStarted(1));
  leave_.Set();
  EXPECT_THAT(Texts(server_.WaitEnd(1)), ElementsAre("answer"));
}

TEST_F(PluginCallsTest, WithEveryThreadTakenAStartIsRefusedAndAStopWaits) {
  bootstrap_.set_max_plugin_calls(2);
  HangInRun();
  StartWorker();
  server_.Start(1, "many");
  const Callback callback = WaitCallback();
  // The threads of earlier calls may be on their way back still.
  uint64_t channel = 1;
  for (int hanging = 0; hanging < 2; hanging += server_.HasStarted(channel) ? 0 : 1) {
    server_.StartRun(++channel, "once", "hang");
    ASSERT_TRUE(server_.PingPong());
  }
  server_.StartRun(100, "once", "quick");
  const v1::Started refused = server_.WaitStarted(100);
  EXPECT_EQ(refused.hresult(), kHrBusy);
  EXPECT_THAT(refused.message(), HasSubstr("max_plugin_calls"));
  server_.StopChannel(1);
  EXPECT_TRUE(server_.PingPong());
  EXPECT_EQ(Report(callback, "not stopped yet"), S_OK);
  leave_.Set();
  EXPECT_THAT(Texts(server_.WaitEnd(1)), ElementsAre("not stopped yet", "<unregistered>"));
  EXPECT_THAT(Texts(server_.WaitEnd(channel)), ElementsAre("answer"));
}

TEST_F(PluginCallsTest, AnUnregisterCallThatHangsHoldsUpItsOwnEndOnly) {
  strings_->on_unregister = [this](ULONGLONG, const std::wstring&) {
    in_call_.Set();
    leave_.Wait();
    return S_OK;
  };
  StartWorker();
  server_.Start(1, "many");
  server_.WaitStarted(1);
  const Callback callback = WaitCallback();
  server_.StopChannel(1);
  ASSERT_TRUE(in_call_.Wait());
  server_.StartRun(2, "once");
  EXPECT_THAT(Texts(server_.WaitEnd(2)), ElementsAre("answer"));
  EXPECT_THAT(server_.Reports(1), SizeIs(0));
  leave_.Set();
  EXPECT_THAT(Texts(server_.WaitEnd(1)), ElementsAre("<unregistered>"));
}

TEST_F(PluginCallsTest, NothingStartsOnceTheWorkerShutsDown) {
  strings_->on_shutdown = [this](bool immediate) {
    EXPECT_TRUE(immediate);
    in_call_.Set();
    leave_.Wait();
    return S_OK;
  };
  StartWorker();
  server_.Shutdown(true);
  ASSERT_TRUE(in_call_.Wait());
  server_.StartRun(1, "once");
  EXPECT_EQ(server_.WaitStarted(1).hresult(), kHrShuttingDown);
  server_.Start(2, "many");
  EXPECT_EQ(server_.WaitStarted(2).hresult(), kHrShuttingDown);
  leave_.Set();
  EXPECT_EQ(JoinWorker(), 0);
}

TEST_F(PluginCallsTest, FinalResultsOfAGracefulShutdownArrive) {
  std::vector<Callback> callbacks;
  strings_->on_shutdown = [&](bool immediate) {
    EXPECT_FALSE(immediate);
    for (const Callback& callback : callbacks) {
      EXPECT_EQ(Report(callback, std::string(100'000, 'x')), S_OK);
      EXPECT_EQ(Report(callback, "farewell", true), S_OK);
    }
    return S_OK;
  };
  StartWorker();
  server_.Start(1, "many");
  callbacks.push_back(WaitCallback());
  server_.Start(2, "also");
  callbacks.push_back(WaitCallback());
  server_.WaitStarted(1);
  server_.WaitStarted(2);
  server_.Shutdown(false);
  EXPECT_EQ(JoinWorker(), 0);
  for (const uint64_t channel : std::vector<uint64_t>{1, 2}) {
    EXPECT_THAT(Texts(server_.WaitEnd(channel)),
                ElementsAre(std::string(100'000, 'x'), "farewell"));
  }
}

}  // namespace
}  // namespace rsca::worker
