// Waiting: a plug-in that outruns its readers waits inside ReportResult, for credits or its pace.
#include <atomic>

#include "common/worker_protocol.h"
#include "tests/support/eventually.h"
#include "tests/unit/server/worker/worker_fixture.h"

namespace rsca::worker {
namespace {

using support::Eventually;
using testing::Each;
using testing::ElementsAre;
using testing::SizeIs;

constexpr uint64_t kOneSmallReport = kReportOverheadBytes + 1;

class CreditTest : public WorkerFixture {
 protected:
  void SetUp() override {
    KeepCallbacks();
    AddPuppet();
  }

  Callback Register(uint64_t credit) {
    server_.Start(1, "many", "", credit);
    EXPECT_EQ(server_.WaitStarted(1).hresult(), S_OK);
    return WaitCallback();
  }
};

TEST_F(CreditTest, AReportMayBeMadeWhileAnyCreditIsLeft) {
  bootstrap_.set_report_wait_ms(1);
  StartWorker();
  const Callback callback = Register(1);
  EXPECT_EQ(Report(callback, std::string(5000, 'x')), S_OK);
  EXPECT_EQ(Report(callback, "y"), kTimedOut);
  // The debt is paid first.
  server_.AddCredit(1, 5000 + kReportOverheadBytes - 1);
  EXPECT_EQ(Report(callback, "y"), kTimedOut);
  server_.AddCredit(1, 1);
  EXPECT_TRUE(Eventually([&] { return Report(callback, "z") == S_OK; }));
  EXPECT_THAT(Texts(server_.WaitReports(1, 2)), ElementsAre(std::string(5000, 'x'), "z"));
}

TEST_F(CreditTest, AResultThatTimedOutIsNotDeliveredAndLaterOnesAre) {
  bootstrap_.set_report_wait_ms(10);
  StartWorker();
  const Callback callback = Register(kOneSmallReport);
  EXPECT_EQ(Report(callback, "1"), S_OK);
  EXPECT_EQ(Report(callback, "2"), kTimedOut);
  EXPECT_EQ(Report(callback, "3", true), kTimedOut);
  server_.AddCredit(1, 1 << 20);
  EXPECT_TRUE(Eventually([&] { return Report(callback, "4") == S_OK; }));
  EXPECT_EQ(Report(callback, "5", true), S_OK);
  EXPECT_THAT(Texts(server_.WaitEnd(1)), ElementsAre("1", "4", "5"));
}

TEST_F(CreditTest, CreditEndsTheWaiting) {
  StartWorker();
  const Callback callback = Register(1);
  EXPECT_EQ(Report(callback, "1"), S_OK);
  std::thread reporter([&] {
    EXPECT_EQ(Report(callback, "2"), S_OK);
    EXPECT_EQ(Report(callback, "3", true), S_OK);
  });
  server_.WaitReports(1, 1);
  server_.AddCredit(1, kOneSmallReport);
  server_.WaitReports(1, 2);
  server_.AddCredit(1, kOneSmallReport);
  reporter.join();
  EXPECT_THAT(Texts(server_.WaitEnd(1)), ElementsAre("1", "2", "3"));
}

TEST_F(CreditTest, OneChannelWithoutCreditDoesNotHinderAnother) {
  strings_->on_unregister = [](ULONGLONG, const std::wstring&) { return S_OK; };
  StartWorker();
  const Callback starved = Register(1);
  EXPECT_EQ(Report(starved, "1"), S_OK);
  std::thread reporter([&] { EXPECT_EQ(Report(starved, "never"), kCancelled); });
  server_.Start(2, "also");
  const Callback fed = WaitCallback();
  EXPECT_EQ(Report(fed, "at once", true), S_OK);
  EXPECT_THAT(Texts(server_.WaitEnd(2)), ElementsAre("at once"));
  server_.StopChannel(1, true);
  reporter.join();
  EXPECT_THAT(Texts(server_.WaitEnd(1)), ElementsAre("1", "<unregistered>"));
}

TEST_F(CreditTest, ThoseThatWaitKeepTheirOrder) {
  StartWorker();
  const Callback callback = Register(1);
  EXPECT_EQ(Report(callback, "0"), S_OK);
  constexpr int kThreads = 6;
  constexpr int kEach = 50;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&callback, thread] {
      for (int i = 0; i < kEach; ++i) {
        EXPECT_EQ(Report(callback, std::to_string(thread) + ":" + std::to_string(i)), S_OK);
      }
    });
  }
  // Credit in drops, so that there is always a line.
  for (size_t have = 1; have <= kThreads * kEach;) {
    server_.AddCredit(1, kReportOverheadBytes + 4);
    have = std::max(have + 1, server_.Reports(1).size());
  }
  server_.AddCredit(1, 1 << 20);
  for (std::thread& thread : threads) thread.join();
  const auto reports = server_.WaitReports(1, kThreads * kEach + 1);
  int next[kThreads] = {};
  for (size_t i = 1; i < reports.size(); ++i) {
    const std::string& text = reports[i].response;
    EXPECT_EQ(text.substr(2), std::to_string(next[text[0] - '0']++));
  }
  Report(callback, "end", true);
}

TEST_F(CreditTest, DiscardEndsTheWaitingAtOnce) {
  StartWorker();
  const Callback callback = Register(1);
  EXPECT_EQ(Report(callback, "1"), S_OK);
  std::vector<std::thread> reporters;
  for (int i = 0; i < 3; ++i) {
    reporters.emplace_back([&] { EXPECT_EQ(Report(callback, "x"), kCancelled); });
  }
  server_.StopChannel(1, true);
  for (std::thread& reporter : reporters) reporter.join();
  EXPECT_THAT(Texts(server_.WaitEnd(1)), ElementsAre("1", "<unregistered>"));
}

TEST_F(CreditTest, ADiscardAfterAStopEndsTheWaitingInTheUnregisterCall) {
  Callback callback;
  Flag in_unregister;
  strings_->on_unregister = [&](ULONGLONG, const std::wstring&) {
    in_unregister.Set();
    return Report(callback, "last words");
  };
  StartWorker();
  callback = Register(1);
  EXPECT_EQ(Report(callback, "1"), S_OK);
  server_.StopChannel(1);
  ASSERT_TRUE(in_unregister.Wait());
  server_.StopChannel(1, true);
  const auto reports = server_.WaitEnd(1);
  EXPECT_THAT(Texts(reports), ElementsAre("1", "<unregistered>"));
  EXPECT_EQ(reports[1].hr_status, kCancelled);
}

TEST_F(CreditTest, LossOfTheServerEndsTheWaitingAtOnce) {
  StartWorker();
  const Callback callback = Register(1);
  EXPECT_EQ(Report(callback, "1"), S_OK);
  std::thread reporter([&] {
    EXPECT_EQ(Report(callback, "x"), kCancelled);
    EXPECT_EQ(Report(callback, "y", true), kCancelled);
  });
  server_.Stop();
  reporter.join();
  EXPECT_EQ(JoinWorker(), kWorkerExitLostServer);
  EXPECT_TRUE(lost_.is_set());
}

TEST_F(CreditTest, ShutdownEndsTheWaitingAndStillTakesFinalResults) {
  StartWorker();
  const Callback callback = Register(1);
  EXPECT_EQ(Report(callback, "1"), S_OK);
  strings_->on_shutdown = [&](bool) {
    EXPECT_EQ(Report(callback, "no credit for this"), kCancelled);
    EXPECT_EQ(Report(callback, "farewell", true), S_OK);
    return S_OK;
  };
  // A thread that comes late finds the registration ended.
  std::thread reporter([&] {
    EXPECT_THAT(Report(callback, "waits"),
                ::testing::AnyOf(kCancelled, HRESULT_FROM_WIN32(ERROR_INVALID_STATE)));
  });
  server_.Shutdown(true);
  EXPECT_EQ(JoinWorker(), 0);
  reporter.join();
  EXPECT_THAT(Texts(server_.WaitEnd(1)), ElementsAre("1", "farewell"));
}

TEST_F(CreditTest, ResultsASecondAreLimited) {
  bootstrap_.set_max_results_per_second(1);
  bootstrap_.set_report_wait_ms(1);
  StartWorker();
  const Callback callback = Register(1 << 20);
  EXPECT_EQ(Report(callback, "0"), S_OK);
  // Unlimited, all of these would be taken; limited, that would take a hundred seconds.
  size_t taken = 1;
  bool refused = false;
  for (int i = 0; i < 100 && !refused; ++i) {
    const HRESULT hresult = Report(callback, "x");
    refused = hresult == kTimedOut;
    taken += hresult == S_OK ? 1 : 0;
  }
  EXPECT_TRUE(refused);
  EXPECT_THAT(server_.WaitReports(1, taken), SizeIs(taken));
}

TEST_F(CreditTest, WaitingForItsPaceAResultIsDelivered) {
  bootstrap_.set_max_results_per_second(50);
  StartWorker();
  const Callback callback = Register(1 << 20);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(Report(callback, "x"), S_OK);
  EXPECT_EQ(Report(callback, "x", true), S_OK);
  const auto reports = server_.WaitEnd(1);
  EXPECT_THAT(Texts(reports), SizeIs(21));
  EXPECT_THAT(Texts(reports), Each("x"));
  // Twenty steps at fifty a second, of which five may be taken ahead. Never faster, however loaded
  // the machine is.
  EXPECT_GE(reports.back().report_time_unix_nanos - reports.front().report_time_unix_nanos,
            250'000'000);
}

}  // namespace
}  // namespace rsca::worker
