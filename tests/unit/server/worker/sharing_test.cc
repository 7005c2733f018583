// A plain plug-in holds one registration of a function; equal ones share it.
#include <deque>
#include <set>

#include "common/hresult.h"
#include "common/worker_protocol.h"
#include "tests/support/eventually.h"
#include "tests/unit/server/worker/worker_fixture.h"

namespace rsca::worker {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

constexpr HRESULT kAlreadyExists = HRESULT_FROM_WIN32(ERROR_ALREADY_EXISTS);

class SharingTest : public WorkerFixture {
 protected:
  void SetUp() override {
    KeepCallbacks();
    const auto keep = strings_->on_register;
    strings_->on_register = [this, keep](ULONGLONG id, const std::wstring& name,
                                         const std::wstring& arguments,
                                         ICustomAction2ResultCallback* callback) {
      ++registered_;
      return keep(id, name, arguments, callback);
    };
    strings_->on_unregister = [this](ULONGLONG, const std::wstring&) {
      ++unregistered_;
      return S_OK;
    };
    AddPuppet();
  }

  HRESULT Start(uint64_t channel, const std::string& arguments = "same",
                uint64_t credit = uint64_t{1} << 20) {
    server_.Start(channel, "many", arguments, credit);
    return server_.WaitStarted(channel).hresult();
  }

  std::atomic<int> registered_{0};
  std::atomic<int> unregistered_{0};
};

TEST_F(SharingTest, EqualRegistrationsShareOneAndTheResultsFromThenOn) {
  StartWorker();
  EXPECT_EQ(Start(1), S_OK);
  const Callback callback = WaitCallback();
  EXPECT_EQ(Report(callback, "a"), S_OK);
  EXPECT_EQ(Start(2), S_OK);
  EXPECT_EQ(Report(callback, "b"), S_OK);
  EXPECT_EQ(Report(callback, "end", true), S_OK);
  EXPECT_THAT(Texts(server_.WaitEnd(1)), ElementsAre("a", "b", "end"));
  EXPECT_THAT(Texts(server_.WaitEnd(2)), ElementsAre("b", "end"));
  EXPECT_EQ(registered_, 1);
  EXPECT_EQ(Report(callback, "late"), kInvalidState);
}

TEST_F(SharingTest, OtherArgumentsAreRefusedNamingThoseInForce) {
  StartWorker();
  EXPECT_EQ(Start(1, "these"), S_OK);
  EXPECT_EQ(Start(2, "those"), kAlreadyExists);
  EXPECT_THAT(server_.WaitStarted(2).message(), HasSubstr("`these`"));
  EXPECT_EQ(registered_, 1);
  // Another function of the plug-in is another matter.
  server_.Start(3, "also", "those");
  EXPECT_EQ(server_.WaitStarted(3).hresult(), S_OK);
}

TEST_F(SharingTest, ThePluginIsUnregisteredWhenTheLastOneStops) {
  StartWorker();
  Start(1);
  Start(2);
  const Callback callback = WaitCallback();
  server_.StopChannel(1);
  const auto first = server_.WaitEnd(1);
  EXPECT_THAT(Texts(first), ElementsAre("<unregistered>"));
  EXPECT_EQ(first[0].hr_status, S_OK);
  EXPECT_EQ(unregistered_, 0);
  EXPECT_EQ(Report(callback, "for the second"), S_OK);
  server_.StopChannel(2);
  EXPECT_THAT(Texts(server_.WaitEnd(2)), ElementsAre("for the second", "<unregistered>"));
  EXPECT_EQ(unregistered_, 1);
  EXPECT_EQ(Report(callback, "late"), kInvalidState);
  EXPECT_EQ(Start(3, "other"), S_OK);
  EXPECT_EQ(registered_, 2);
}

TEST_F(SharingTest, AFinalResultFreesTheNameWithoutUnregistering) {
  StartWorker();
  Start(1, "one");
  Report(WaitCallback(), "end", true);
  server_.WaitEnd(1);
  EXPECT_EQ(Start(2, "two"), S_OK);
  EXPECT_EQ(unregistered_, 0);
  EXPECT_EQ(registered_, 2);
}

TEST_F(SharingTest, ASlowReaderLosesAndTheOthersGoOn) {
  bootstrap_.set_report_wait_ms(20);
  StartWorker();
  Start(1);
  Start(2, "same", 1);
  const Callback callback = WaitCallback();
  EXPECT_EQ(Report(callback, "a"), S_OK);
  EXPECT_EQ(Report(callback, "b"), S_OK);
  EXPECT_EQ(Report(callback, "c", true), S_OK);
  EXPECT_THAT(Texts(server_.WaitEnd(1)), ElementsAre("a", "b", "c"));
  EXPECT_THAT(Texts(server_.WaitEnd(2)), ElementsAre("a", "<results lost>"));
}

TEST_F(SharingTest, ASlowReaderIsWaitedFor) {
  StartWorker();
  Start(1);
  Start(2, "same", 1);
  const Callback callback = WaitCallback();
  EXPECT_EQ(Report(callback, "a"), S_OK);
  std::thread reporter([&] { EXPECT_EQ(Report(callback, "b", true), S_OK); });
  EXPECT_THAT(Texts(server_.WaitEnd(1)), ElementsAre("a", "b"));  // the quick one has it already
  EXPECT_THAT(Texts(server_.Reports(2)), ElementsAre("a"));
  server_.AddCredit(2, 1000);
  reporter.join();
  EXPECT_THAT(Texts(server_.WaitEnd(2)), ElementsAre("a", "b"));
}

TEST_F(SharingTest, WhenNobodyTakesAResultNobodyLosesIt) {
  bootstrap_.set_report_wait_ms(5);
  StartWorker();
  Start(1, "same", 1);
  Start(2, "same", 1);
  const Callback callback = WaitCallback();
  EXPECT_EQ(Report(callback, "a"), S_OK);
  EXPECT_EQ(Report(callback, "b"), kTimedOut);
  server_.AddCredit(1, 1000);
  server_.AddCredit(2, 1000);
  EXPECT_TRUE(support::Eventually([&] { return Report(callback, "c", true) == S_OK; }));
  EXPECT_EQ(server_.WaitEnd(1).front().response, "a");
  EXPECT_EQ(server_.WaitEnd(2).front().response, "a");
}

TEST_F(SharingTest, AWaitingReportGoesOnWhenTheSlowReaderStops) {
  StartWorker();
  Start(1);
  Start(2, "same", 1);
  const Callback callback = WaitCallback();
  EXPECT_EQ(Report(callback, "a"), S_OK);
  std::thread reporter([&] { EXPECT_EQ(Report(callback, "b"), S_OK); });
  server_.WaitReports(1, 2);
  server_.StopChannel(2);
  reporter.join();
  EXPECT_THAT(Texts(server_.WaitEnd(2)), ElementsAre("a", "<unregistered>"));
  EXPECT_THAT(Texts(server_.Reports(1)), ElementsAre("a", "b"));
}

// The plug-in is in its register call while others come.
class SharingWhileRegisteringTest : public SharingTest {
 protected:
  void SetUp() override {
    SharingTest::SetUp();
    const auto accept = strings_->on_register;
    strings_->on_register = [this, accept](ULONGLONG id, const std::wstring& name,
                                           const std::wstring& arguments,
                                           ICustomAction2ResultCallback* callback) {
      if (registered_ == 0) {
        in_register_.Set();
        leave_.Wait();
      }
      const HRESULT accepted = accept(id, name, arguments, callback);
      return arguments == L"refused" ? E_ACCESSDENIED : accepted;
    };
  }

  // Channel 1 is inside the register call, the others have come meanwhile.
  void StartInside(const std::string& first, const std::vector<std::string>& others) {
    StartWorker();
    server_.Start(1, "many", first);
    ASSERT_TRUE(in_register_.Wait());
    for (size_t i = 0; i < others.size(); ++i) server_.Start(2 + i, "many", others[i]);
    ASSERT_TRUE(server_.PingPong());
  }

  Flag in_register_;
  Flag leave_;
};

TEST_F(SharingWhileRegisteringTest, OthersShareTheSuccess) {
  StartInside("same", {"same", "same", "other"});
  EXPECT_FALSE(server_.HasStarted(2));
  EXPECT_FALSE(server_.HasStarted(4));
  leave_.Set();
  for (const uint64_t channel : std::vector<uint64_t>{1, 2, 3}) {
    EXPECT_EQ(server_.WaitStarted(channel).hresult(), S_OK);
  }
  EXPECT_EQ(server_.WaitStarted(4).hresult(), kAlreadyExists);
  EXPECT_EQ(registered_, 1);
  Report(WaitCallback(), "end", true);
  for (const uint64_t channel : std::vector<uint64_t>{1, 2, 3}) {
    EXPECT_THAT(Texts(server_.WaitEnd(channel)), ElementsAre("end"));
  }
}

TEST_F(SharingWhileRegisteringTest, OthersShareTheFailureAndOtherArgumentsAreTriedAnew) {
  StartInside("refused", {"refused", "welcome"});
  leave_.Set();
  EXPECT_EQ(server_.WaitStarted(1).hresult(), E_ACCESSDENIED);
  EXPECT_EQ(server_.WaitStarted(3).hresult(), S_OK);
  EXPECT_EQ(server_.WaitStarted(2).hresult(), E_ACCESSDENIED);
}

TEST_F(SharingWhileRegisteringTest, TheFirstMayStopAndLeaveItToTheOthers) {
  StartInside("same", {"same", "same"});
  server_.StopChannel(1);
  server_.StopChannel(3);
  ASSERT_TRUE(server_.PingPong());
  leave_.Set();
  EXPECT_EQ(server_.WaitStarted(1).hresult(), S_OK);
  EXPECT_EQ(server_.WaitStarted(2).hresult(), S_OK);
  EXPECT_EQ(server_.WaitStarted(3).hresult(), kHrCancelled);
  EXPECT_THAT(Texts(server_.WaitEnd(1)), ElementsAre("<unregistered>"));
  EXPECT_EQ(unregistered_, 0);
  Report(WaitCallback(), "end", true);
  EXPECT_THAT(Texts(server_.WaitEnd(2)), ElementsAre("end"));
  EXPECT_THAT(server_.Reports(3), SizeIs(0));
}

TEST_F(SharingTest, AStartDuringTheUnregisterCallRegistersAnewAfterIt) {
  Flag in_unregister;
  Flag leave;
  strings_->on_unregister = [&](ULONGLONG, const std::wstring&) {
    in_unregister.Set();
    leave.Wait();
    ++unregistered_;
    return S_OK;
  };
  StartWorker();
  Start(1);
  const Callback old = WaitCallback();
  server_.StopChannel(1);
  ASSERT_TRUE(in_unregister.Wait());
  server_.Start(2, "many", "same");
  ASSERT_TRUE(server_.PingPong());
  EXPECT_FALSE(server_.HasStarted(2));
  EXPECT_EQ(Report(old, "still the old one"), S_OK);
  leave.Set();
  EXPECT_EQ(server_.WaitStarted(2).hresult(), S_OK);
  EXPECT_EQ(registered_, 2);
  EXPECT_EQ(Report(old, "late"), kInvalidState);
  Report(WaitCallback(), "new", true);
  EXPECT_THAT(Texts(server_.WaitEnd(1)), ElementsAre("still the old one", "<unregistered>"));
  EXPECT_THAT(Texts(server_.WaitEnd(2)), ElementsAre("new"));
}

}  // namespace
}  // namespace rsca::worker
