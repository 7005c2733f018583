// What the server's RefuseReports comes to in a worker, wherever the channel is on its way.
#include "common/worker_protocol.h"
#include "tests/unit/server/worker/worker_fixture.h"

namespace rsca::worker {
namespace {

using testing::ElementsAre;

constexpr HRESULT kFull = HRESULT_FROM_WIN32(ERROR_DISK_FULL);

class RefusingWorkerTest : public WorkerFixture {
 protected:
  void SetUp() override {
    KeepCallbacks();
    strings_->on_unregister = [](ULONGLONG, const std::wstring&) { return S_OK; };
    AddPuppet();
  }

  // Returns when the worker knows.
  void Refuse(uint64_t channel, HRESULT hresult) {
    server_.RefuseReports(channel, hresult);
    ASSERT_TRUE(server_.PingPong());
  }
};

TEST_F(RefusingWorkerTest, ReportsOfAChannelFailUntilTheyAreTakenAgain) {
  StartWorker();
  server_.Start(1, "many");
  const Callback callback = WaitCallback();
  server_.Start(2, "also");
  const Callback other = WaitCallback();
  EXPECT_EQ(Report(callback, "a"), S_OK);
  Refuse(1, kFull);
  EXPECT_EQ(Report(callback, "b"), kFull);
  EXPECT_EQ(Report(callback, "c", true), kFull);
  EXPECT_EQ(Report(other, "x", true), S_OK);
  Refuse(1, S_OK);
  EXPECT_EQ(Report(callback, "d", true), S_OK);
  EXPECT_THAT(Texts(server_.WaitEnd(1)), ElementsAre("a", "d"));
  EXPECT_THAT(Texts(server_.WaitEnd(2)), ElementsAre("x"));
  Refuse(1, kFull);  // of one that is gone: harmless
}

TEST_F(RefusingWorkerTest, AReportThatWaitsForCreditFails) {
  StartWorker();
  server_.Start(1, "many", "", 1);
  const Callback callback = WaitCallback();
  EXPECT_EQ(Report(callback, "a"), S_OK);
  std::thread reporter([&] { EXPECT_EQ(Report(callback, "b"), kFull); });
  server_.RefuseReports(1, kFull);
  reporter.join();
  server_.StopChannel(1);
  EXPECT_THAT(Texts(server_.WaitEnd(1)), ElementsAre("a", "<unregistered>"));
}

// The Start is being checked, waits its turn or is in the plug-in when the refusal comes.
TEST_F(RefusingWorkerTest, ARefusalThatFollowsTheStartIsNotLost) {
  StartWorker();
  for (uint64_t channel = 1; channel <= 30; ++channel) {
    server_.Start(channel, "many");
    Refuse(channel, kFull);
    const Callback callback = WaitCallback();
    EXPECT_EQ(server_.WaitStarted(channel).hresult(), S_OK);
    EXPECT_EQ(Report(callback, "a"), kFull);
    Refuse(channel, S_OK);
    EXPECT_EQ(Report(callback, "b", true), S_OK);
    EXPECT_THAT(Texts(server_.WaitEnd(channel)), ElementsAre("b"));
  }
}

TEST_F(RefusingWorkerTest, InsideTheRegisterCallItCountsForTheFirstAndForThoseThatWait) {
  Flag in_register;
  Flag leave;
  const auto keep = strings_->on_register;
  strings_->on_register = [&](ULONGLONG id, const std::wstring& name, const std::wstring& arguments,
                              ICustomAction2ResultCallback* callback) {
    in_register.Set();
    leave.Wait();
    EXPECT_EQ(Report(Callback::Share(callback), "inside"), kFull);
    return keep(id, name, arguments, callback);
  };
  StartWorker();
  server_.Start(1, "many");
  ASSERT_TRUE(in_register.Wait());
  server_.Start(2, "many");
  server_.RefuseReports(2, kFull);
  Refuse(1, kFull);
  leave.Set();
  const Callback callback = WaitCallback();
  EXPECT_EQ(server_.WaitStarted(2).hresult(), S_OK);
  EXPECT_EQ(Report(callback, "a"), kFull);
  server_.RefuseReports(1, S_OK);
  Refuse(2, S_OK);
  EXPECT_EQ(Report(callback, "b", true), S_OK);
  EXPECT_THAT(Texts(server_.WaitEnd(1)), ElementsAre("b"));
  EXPECT_THAT(Texts(server_.WaitEnd(2)), ElementsAre("b"));
}

TEST_F(RefusingWorkerTest, ARegistrationThatBeginsAfterTheUnregisterCallOfAnotherStillRefuses) {
  Flag in_unregister;
  Flag leave;
  strings_->on_unregister = [&](ULONGLONG, const std::wstring&) {
    in_unregister.Set();
    leave.Wait();
    return S_OK;
  };
  StartWorker();
  server_.Start(1, "many");
  const Callback old = WaitCallback();
  server_.StopChannel(1);
  ASSERT_TRUE(in_unregister.Wait());
  server_.Start(2, "many");
  Refuse(2, kFull);
  EXPECT_EQ(Report(old, "of the old one"), S_OK);
  leave.Set();
  EXPECT_EQ(server_.WaitStarted(2).hresult(), S_OK);
  const Callback callback = WaitCallback();
  EXPECT_EQ(Report(callback, "a"), kFull);
  Refuse(2, S_OK);
  EXPECT_EQ(Report(callback, "b", true), S_OK);
  EXPECT_THAT(Texts(server_.WaitEnd(2)), ElementsAre("b"));
}

TEST_F(RefusingWorkerTest, ARunsResponseIsRefusedAndMayBeGivenLater) {
  Flag may_report;
  Flag refused;
  Flag taken_again;
  strings_->on_run = [&](const std::wstring&, const std::wstring&,
                         ICustomActionResultCallback* callback) {
    may_report.Wait();
    BYTE response[] = {'r'};
    EXPECT_EQ(callback->ReportResult(S_OK, response, 1), kFull);
    refused.Set();
    taken_again.Wait();
    return callback->ReportResult(S_OK, response, 1);
  };
  StartWorker();
  server_.StartRun(1, "once");
  Refuse(1, kFull);
  may_report.Set();
  ASSERT_TRUE(refused.Wait());
  Refuse(1, S_OK);
  taken_again.Set();
  EXPECT_THAT(Texts(server_.WaitEnd(1)), ElementsAre("r"));
}

}  // namespace
}  // namespace rsca::worker
