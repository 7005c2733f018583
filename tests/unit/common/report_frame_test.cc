#include "common/report_frame.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace rsca {
namespace {

constexpr uint64_t kMost = 100;

std::string Bytes(const ReportFrame& report) {
  std::string bytes;
  AppendReport(report, &bytes);
  return bytes;
}

TEST(ReportFrame, ComesBackAsItWas) {
  for (const absl::string_view response : {"", "a", "response"}) {
    const ReportFrame sent = {7, ReportKind::kFinal, -5, 1'790'000'000'123'456'789, response};
    const std::string bytes = Bytes(sent) + "next";
    absl::string_view rest = bytes;
    ReportFrame report;
    ASSERT_EQ(ConsumeReport(kMost, &rest, &report), FrameStatus::kComplete);
    EXPECT_EQ(report.channel, 7u);
    EXPECT_EQ(report.kind, ReportKind::kFinal);
    EXPECT_EQ(report.hr_status, -5);
    EXPECT_EQ(report.report_time_unix_nanos, sent.report_time_unix_nanos);
    EXPECT_EQ(report.response, response);
    EXPECT_EQ(rest, "next");
  }
}

TEST(ReportFrame, ThatIsCutOffAnywhereIsIncompleteAndStays) {
  const std::string bytes = Bytes({1, ReportKind::kResult, 0, 0, "response"});
  for (size_t size = 0; size < bytes.size(); ++size) {
    absl::string_view rest = absl::string_view(bytes).substr(0, size);
    ReportFrame report;
    EXPECT_EQ(ConsumeReport(kMost, &rest, &report), FrameStatus::kIncomplete) << size;
    EXPECT_EQ(rest.size(), size);
  }
}

TEST(ReportFrame, OfAnUnknownKindOrTooLargeIsBroken) {
  for (const int kind : {0, 6, 255}) {
    const std::string bytes = Bytes({1, static_cast<ReportKind>(kind), 0, 0, ""});
    absl::string_view rest = bytes;
    ReportFrame report;
    EXPECT_EQ(ConsumeReport(kMost, &rest, &report), FrameStatus::kBroken) << kind;
  }
  const std::string large(kMost + 1, 'x');
  const std::string bytes = Bytes({1, ReportKind::kResult, 0, 0, large});
  absl::string_view header = absl::string_view(bytes).substr(0, 40);
  ReportFrame report;
  EXPECT_EQ(ConsumeReport(kMost, &header, &report), FrameStatus::kBroken) << "it is not waited for";
}

}  // namespace
}  // namespace rsca
