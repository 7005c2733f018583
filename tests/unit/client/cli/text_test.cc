#include "client/cli/text.h"

#include <gtest/gtest.h>

namespace rsca::cli {
namespace {

TEST(DisplayWidth, CountsColumnsAndNotBytes) {
  EXPECT_EQ(DisplayWidth(""), 0U);
  EXPECT_EQ(DisplayWidth("file.tail"), 9U);
  EXPECT_EQ(DisplayWidth("größe"), 5U);
  EXPECT_EQ(DisplayWidth("日本"), 4U);
  EXPECT_EQ(DisplayWidth("e\u0301"), 1U);
  EXPECT_EQ(DisplayWidth("\U0001F600"), 2U);
}

TEST(DisplayWidth, CountsABrokenByteAsOneColumn) {
  EXPECT_EQ(DisplayWidth("a\xff\xc3"), 3U);
  EXPECT_EQ(DisplayWidth("\xed\xa0\x80"), 3U);  // a surrogate
}

TEST(Truncate, LeavesWhatFits) { EXPECT_EQ(Truncate("abc", 3), "abc"); }

TEST(Truncate, EndsWithAnEllipsisAndNeverInsideACharacter) {
  EXPECT_EQ(Truncate("abcdef", 4), "abc…");
  EXPECT_EQ(Truncate("日本語", 4), "日…");
  EXPECT_EQ(DisplayWidth(Truncate("日本語日本語", 6)), 5U);
  EXPECT_EQ(Truncate("abc", 0), "");
}

TEST(EscapeControls, MakesTerminalSequencesVisible) {
  EXPECT_EQ(EscapeControls("\x1b[31mred\x07"), "\\x1b[31mred\\x07");
  EXPECT_EQ(EscapeControls("a\tb\r\n"), "a\\tb\\r\\n");
  EXPECT_EQ(EscapeControls("\xc2\x9b"
                           "2J"),
            "\\u009b2J");  // CSI as one character
  EXPECT_EQ(EscapeControls("\xe2\x80\xae"
                           "abc"),
            "\\u202eabc");
  EXPECT_EQ(EscapeControls(std::string_view("\0x", 2)), "\\x00x");
}

TEST(EscapeControls, ShowsBytesThatAreNotUtf8) {
  EXPECT_EQ(EscapeControls("\x80ok\xff"), "\\x80ok\\xff");
  EXPECT_EQ(EscapeControls("\xe6\x97"), "\\xe6\\x97");
}

TEST(EscapeControls, KeepsWhatItIsToldToAndAllOtherText) {
  EXPECT_EQ(EscapeControls("a\n\tb\r", "\n\t"), "a\n\tb\\r");
  EXPECT_EQ(EscapeControls("größe 日本 \U0001F600"), "größe 日本 \U0001F600");
}

TEST(BlobText, IsOneLineOfTextOrTheSize) {
  EXPECT_EQ(BlobText(""), "");
  EXPECT_EQ(BlobText(R"({"address":"größe:514"})"), R"({"address":"größe:514"})");
  EXPECT_EQ(BlobText("from a file\n"), "from a file");
  EXPECT_EQ(BlobText("two\nlines"), "9 bytes");
  EXPECT_EQ(BlobText("\xff"), "1 byte");
  EXPECT_EQ(BlobText("\n\n"), "2 bytes");
  EXPECT_EQ(BlobText("\x1b[2J"), "4 bytes");
  EXPECT_EQ(BlobText("abcdef", 4), "abc…");
}

TEST(HumanBytes, ChoosesTheUnit) {
  EXPECT_EQ(HumanBytes(0), "0 B");
  EXPECT_EQ(HumanBytes(1023), "1023 B");
  EXPECT_EQ(HumanBytes(1536), "1.5 KiB");
  EXPECT_EQ(HumanBytes(1048575), "1.0 MiB");
  EXPECT_EQ(HumanBytes(8LL << 30), "8.0 GiB");
}

TEST(HumanDuration, HasTwoUnitsAtMost) {
  EXPECT_EQ(HumanDuration(absl::Milliseconds(850)), "850ms");
  EXPECT_EQ(HumanDuration(absl::Seconds(12)), "12s");
  EXPECT_EQ(HumanDuration(absl::Seconds(192)), "3m12s");
  EXPECT_EQ(HumanDuration(absl::Hours(5) + absl::Minutes(2)), "5h2m");
  EXPECT_EQ(HumanDuration(absl::Hours(99)), "4d3h");
}

TEST(HumanDuration, OfAClockThatRunsBehindIsNothing) {
  EXPECT_EQ(HumanDuration(absl::Seconds(-3)), "0ms");
}

}  // namespace
}  // namespace rsca::cli
