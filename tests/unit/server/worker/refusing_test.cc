// ReportResult while the server takes no reports of some channels, or of all.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "server/worker/conversation.h"

namespace rsca::worker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr HRESULT kFull = HRESULT_FROM_WIN32(ERROR_DISK_FULL);
constexpr HRESULT kTimedOut = HRESULT_FROM_WIN32(ERROR_TIMEOUT);
constexpr HRESULT kCancelled = HRESULT_FROM_WIN32(ERROR_CANCELLED);
constexpr uint64_t kPlenty = uint64_t{1} << 20;

class RefusingTest : public testing::Test {
 protected:
  // With that long a wait, whatever waits in vain hangs.
  explicit RefusingTest(std::chrono::milliseconds wait = std::chrono::hours(1))
      : conversation_(std::make_shared<Conversation>(
            "f", ReportLimits{1024, 0, wait}, queue_,
            [this](uint64_t channel) { gone_.push_back(channel); })) {}

  HRESULT Report(const std::string& text, bool final = false) {
    return conversation_->Report(S_OK, final, reinterpret_cast<const BYTE*>(text.data()),
                                 text.size());
  }

  // What has come since the last call, and is there: `1 a`, `1 end!` for a final one, `2 lost`.
  std::vector<std::string> Next() {
    std::vector<std::string> all;
    std::string popped;
    if (!queue_->Pop(&popped)) return all;
    absl::string_view bytes = popped;
    ReportFrame report;
    while (ConsumeReport(1024, &bytes, &report) == FrameStatus::kComplete) {
      const std::string channel = std::to_string(report.channel) + " ";
      if (report.kind == ReportKind::kResultsLost) {
        all.push_back(channel + "lost");
      } else {
        all.push_back(channel + std::string(report.response) +
                      (report.kind == ReportKind::kFinal ? "!" : ""));
      }
    }
    return all;
  }

  // The rest.
  std::vector<std::string> Queued() {
    queue_->Close();
    return Next();
  }

  const std::shared_ptr<ReportQueue> queue_ = std::make_shared<ReportQueue>();
  std::vector<uint64_t> gone_;
  const std::shared_ptr<Conversation> conversation_;
};

class ImpatientRefusingTest : public RefusingTest {
 protected:
  ImpatientRefusingTest() : RefusingTest(std::chrono::milliseconds(0)) {}
};

TEST_F(RefusingTest, AReportThatAllRefuseFailsAtOnceAndChangesNothing) {
  conversation_->Join(1, 1);
  conversation_->Join(2, 1);
  conversation_->RefuseReports(1, kFull);
  conversation_->RefuseReports(2, kFull);
  EXPECT_EQ(Report("a"), kFull);
  EXPECT_EQ(Report("b", true), kFull);
  EXPECT_FALSE(conversation_->over());
  conversation_->RefuseReports(1, S_OK);
  conversation_->RefuseReports(2, S_OK);
  EXPECT_EQ(Report("c"), S_OK) << "the credit is there still";
  EXPECT_THAT(Queued(), ElementsAre("1 c", "2 c"));
  EXPECT_THAT(gone_, IsEmpty());
}

TEST_F(RefusingTest, TheNewestReasonCounts) {
  conversation_->Join(1, kPlenty);
  conversation_->RefuseReports(1, kFull);
  conversation_->RefuseReports(1, E_ACCESSDENIED);
  conversation_->RefuseReports(7, E_FAIL);  // of another conversation
  EXPECT_EQ(Report("a"), E_ACCESSDENIED);
}

TEST_F(RefusingTest, AChannelMayJoinRefusing) {
  conversation_->Join(1, kPlenty, kFull);
  EXPECT_EQ(Report("a"), kFull);
  conversation_->RefuseReports(1, S_OK);
  EXPECT_EQ(Report("b"), S_OK);
}

TEST_F(RefusingTest, AReportThatAllRefuseFailsAtOnceWithoutCreditToo) {
  conversation_->Join(1, 0);
  conversation_->RefuseReports(1, kFull);
  EXPECT_EQ(Report("a"), kFull);
}

TEST_F(RefusingTest, AllThatWaitInLineFailWhenAllRefuse) {
  for (int round = 0; round < 50; ++round) {
    const auto conversation = std::make_shared<Conversation>(
        "f", ReportLimits{1024, 0, std::chrono::hours(1)}, queue_, [](uint64_t) {});
    conversation->Join(1, 0);
    conversation->Join(2, 0);
    std::vector<std::thread> reporters;
    for (int i = 0; i < 3; ++i) {
      reporters.emplace_back(
          [&, i] { EXPECT_EQ(conversation->Report(S_OK, i == 1, nullptr, 0), kFull); });
    }
    conversation->RefuseReports(1, kFull);
    conversation->RefuseReports(2, kFull);
    for (std::thread& reporter : reporters) reporter.join();
    EXPECT_FALSE(conversation->over());
  }
}

TEST_F(RefusingTest, AReportWaitsForOneThatRefusesWhileAnotherTakesIt) {
  conversation_->Join(1, kPlenty);
  conversation_->Join(2, kPlenty, kFull);
  std::thread reporter([this] { EXPECT_EQ(Report("a", true), S_OK); });
  EXPECT_THAT(Next(), ElementsAre("1 a!"));
  EXPECT_FALSE(conversation_->over());
  conversation_->AddCredit(2, 1);  // is no reason to take it
  conversation_->RefuseReports(2, S_OK);
  reporter.join();
  EXPECT_TRUE(conversation_->over());
  EXPECT_THAT(Queued(), ElementsAre("2 a!"));
}

TEST_F(ImpatientRefusingTest, OneThatRefusesForTooLongLosesTheResultThatAnotherTook) {
  conversation_->Join(1, kPlenty);
  conversation_->Join(2, kPlenty, kFull);
  EXPECT_EQ(Report("a"), S_OK);
  EXPECT_THAT(gone_, ElementsAre(2));
  EXPECT_EQ(Report("b"), S_OK);
  EXPECT_THAT(Queued(), ElementsAre("1 a", "2 lost", "1 b"));
}

TEST_F(ImpatientRefusingTest, WhenNobodyTakesAResultNobodyLosesIt) {
  conversation_->Join(1, 0);
  conversation_->Join(2, kPlenty, kFull);
  EXPECT_EQ(Report("a"), kTimedOut);
  conversation_->AddCredit(1, kPlenty);
  conversation_->RefuseReports(2, S_OK);
  EXPECT_EQ(Report("b"), S_OK);
  EXPECT_THAT(gone_, IsEmpty());
  EXPECT_THAT(Queued(), ElementsAre("1 b", "2 b"));
}

TEST_F(RefusingTest, AReportThatSomebodyHasIsNotRefused) {
  conversation_->Join(1, kPlenty);
  conversation_->Join(2, 0);
  std::thread reporter([this] { EXPECT_EQ(Report("a"), S_OK); });
  EXPECT_THAT(Next(), ElementsAre("1 a"));
  conversation_->RefuseReports(1, kFull);
  conversation_->RefuseReports(2, kFull);
  for (int i = 0; i < 500; ++i) {
    EXPECT_EQ(Report("b"), kFull) << "nobody has this one";
    std::this_thread::yield();  // to the one that waits
  }
  conversation_->AddCredit(2, kPlenty);
  conversation_->RefuseReports(2, S_OK);
  reporter.join();
  EXPECT_THAT(Queued(), ElementsAre("2 a"));
}

TEST_F(RefusingTest, AReportInLineIsRefusedBehindOneThatSomebodyHas) {
  conversation_->Join(1, kPlenty);
  conversation_->Join(2, 0);
  std::thread head([this] { EXPECT_EQ(Report("a"), S_OK); });
  EXPECT_THAT(Next(), ElementsAre("1 a"));
  std::thread second([this] { EXPECT_EQ(Report("b"), kFull); });
  conversation_->RefuseReports(2, kFull);
  conversation_->RefuseReports(1, kFull);
  second.join();
  conversation_->RefuseReports(2, S_OK);
  conversation_->AddCredit(2, kPlenty);
  head.join();
  EXPECT_THAT(Queued(), ElementsAre("2 a"));
}

TEST_F(RefusingTest, OneThatIsDiscardedDoesNotCount) {
  conversation_->Join(1, 0);
  conversation_->Join(2, kPlenty, kFull);
  std::thread reporter([this] { EXPECT_EQ(Report("a"), kFull); });
  conversation_->Discard(1);
  reporter.join();
  EXPECT_EQ(Report("b"), kFull);
  conversation_->RefuseReports(2, S_OK);
  EXPECT_EQ(Report("c"), S_OK);
  conversation_->RefuseReports(2, kFull);
  conversation_->Discard(2);
  EXPECT_EQ(Report("d"), kCancelled) << "nobody reads";
  EXPECT_THAT(Queued(), ElementsAre("2 c"));
}

TEST_F(RefusingTest, WhenTheLastThatTakesReportsLeavesTheyAreRefused) {
  conversation_->Join(1, 0);
  conversation_->Join(2, kPlenty, kFull);
  std::thread reporter([this] { EXPECT_EQ(Report("a"), kFull); });
  conversation_->Leave(1);
  reporter.join();
}

TEST_F(RefusingTest, DuringShutdownAFinalResultIsNotRefused) {
  conversation_->Join(1, 0, kFull);
  conversation_->BeginShutdown();
  EXPECT_EQ(Report("a"), kFull);
  EXPECT_EQ(Report("farewell", true), S_OK);
  EXPECT_TRUE(conversation_->over());
  EXPECT_THAT(Queued(), ElementsAre("1 farewell!"));
}

TEST_F(RefusingTest, ShutdownBringsAWaitingFinalResultToOneThatRefuses) {
  conversation_->Join(1, kPlenty);
  conversation_->Join(2, 0, kFull);
  std::thread reporter([this] { EXPECT_EQ(Report("farewell", true), S_OK); });
  EXPECT_THAT(Next(), ElementsAre("1 farewell!"));
  conversation_->BeginShutdown();
  reporter.join();
  EXPECT_THAT(Queued(), ElementsAre("2 farewell!"));
}

TEST_F(RefusingTest, ReportsGoOnOrFailHoweverRefusalsMeetThem) {
  constexpr int kReports = 500;
  conversation_->Join(1, kPlenty);
  int taken = 0;
  std::thread reporter([&] {
    for (int i = 0; i < kReports; ++i) {
      const HRESULT hresult = Report("a");
      EXPECT_TRUE(hresult == S_OK || hresult == kFull);
      taken += hresult == S_OK ? 1 : 0;
    }
  });
  for (int i = 0; i < kReports; ++i) conversation_->RefuseReports(1, i % 2 == 0 ? kFull : S_OK);
  reporter.join();
  EXPECT_EQ(Report("end", true), S_OK);
  std::vector<std::string> all = Queued();
  EXPECT_EQ(all.size(), static_cast<size_t>(taken) + 1);
  EXPECT_EQ(all.back(), "1 end!");
}

}  // namespace
}  // namespace rsca::worker
