#include "server/workers/output_lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace rsca::workers {
namespace {

using testing::ElementsAre;

class OutputLinesTest : public ::testing::Test {
 protected:
  void Add(const std::string& bytes) { lines_.Add(bytes, now_); }

  std::vector<std::string> taken_;
  absl::Duration now_ = absl::Hours(1);
  OutputLines lines_{{[this](absl::string_view line, bool continues) {
                        taken_.push_back(absl::StrCat(line, continues ? "<continues>" : ""));
                      },
                      [this](uint64_t lines, uint64_t bytes) {
                        taken_.push_back(absl::StrCat("<dropped ", lines, " ", bytes, ">"));
                      }}};
};

TEST_F(OutputLinesTest, CutsLinesWhereverTheReadsFall) {
  Add("one\ntw");
  EXPECT_THAT(taken_, ElementsAre("one"));
  Add("o\n\nthr");
  Add("ee\r\n");
  EXPECT_THAT(taken_, ElementsAre("one", "two", "", "three"));
}

TEST_F(OutputLinesTest, KeepsALastLineWithoutNewline) {
  Add("one\ntwo");
  lines_.End(now_);
  EXPECT_THAT(taken_, ElementsAre("one", "two"));
  lines_.End(now_);
  EXPECT_EQ(taken_.size(), 2u);
}

TEST_F(OutputLinesTest, SplitsLongLinesAndSaysSo) {
  const std::string part(kMaxOutputLineBytes, 'x');
  Add(part + "\n" + part + part + "end\n");
  EXPECT_THAT(taken_,
              ElementsAre(part, part + "<continues>", part + "<continues>", std::string("end")));
}

TEST_F(OutputLinesTest, SplitsALineThatNeverEnds) {
  for (int i = 0; i < 5; ++i) Add(std::string(kMaxOutputLineBytes, 'x'));
  EXPECT_EQ(taken_.size(), 4u);
}

TEST_F(OutputLinesTest, CutsNoCharacterInTwo) {
  const std::string almost(kMaxOutputLineBytes - 1, 'x');
  Add(almost + "\xE2\x82\xAC!\n");
  EXPECT_THAT(taken_, ElementsAre(almost + "<continues>", "\xE2\x82\xAC!"));
}

TEST_F(OutputLinesTest, SplitsBytesThatAreNoCharactersAsWell) {
  Add(std::string(2 * kMaxOutputLineBytes, '\x80') + "\n");
  std::string all;
  for (const std::string& part : taken_) all += part.substr(0, part.find('<'));
  EXPECT_EQ(all, std::string(2 * kMaxOutputLineBytes, '\x80'));
}

TEST_F(OutputLinesTest, DropsAFloodAndCountsItOnce) {
  const std::string line(1023, 'x');  // 1024 with its newline
  constexpr size_t kAllowed = kOutputBytesPerSecond / 1024;
  for (size_t i = 0; i < kAllowed + 10; ++i) Add(line + "\n");
  Add("short\n");
  EXPECT_EQ(taken_.size(), kAllowed) << "one gap, even where a short line would fit";
  now_ += absl::Seconds(1);
  Add("after\n");
  ASSERT_EQ(taken_.size(), kAllowed + 2);
  EXPECT_EQ(taken_[kAllowed], "<dropped 11 10246>");
  EXPECT_EQ(taken_[kAllowed + 1], "after");
}

TEST_F(OutputLinesTest, TellsWhatWasDroppedThoughNothingFollows) {
  EXPECT_EQ(lines_.next_tick(), absl::InfiniteDuration());
  Add(std::string(2 * kOutputBytesPerSecond, '\n'));
  EXPECT_EQ(lines_.next_tick(), now_ + absl::Seconds(1));
  taken_.clear();
  lines_.Tick(now_ + absl::Seconds(1));
  EXPECT_THAT(taken_, ElementsAre(absl::StrCat("<dropped ", kOutputBytesPerSecond, " ",
                                               kOutputBytesPerSecond, ">")));
  EXPECT_EQ(lines_.next_tick(), absl::InfiniteDuration());
}

TEST_F(OutputLinesTest, TellsWhatWasDroppedAtTheEnd) {
  Add(std::string(kOutputBytesPerSecond, '\n') + "lost\nlost");
  taken_.clear();
  lines_.End(now_);
  EXPECT_THAT(taken_, ElementsAre("<dropped 2 10>"));
}

}  // namespace
}  // namespace rsca::workers
