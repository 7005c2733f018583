#include "server/managers/process/utf8_splitter.h"

#include <gtest/gtest.h>

#include <string>

#include "common/utf.h"

namespace rsca::managers {
namespace {

TEST(Utf8Splitter, PassesTextOnAndKeepsBackTheBeginningOfACharacter) {
  Utf8Splitter splitter;
  EXPECT_EQ(splitter.Add("abc"), "abc");
  EXPECT_EQ(splitter.Add("x\xE2"), "x");
  EXPECT_EQ(splitter.Add("\x82"), "");
  EXPECT_EQ(splitter.Add("\xAC!"), "\xE2\x82\xAC!");
  EXPECT_EQ(splitter.Rest(), "");
}

TEST(Utf8Splitter, GivesTheRestAtTheEnd) {
  Utf8Splitter splitter;
  EXPECT_EQ(splitter.Add("\xF0\x9F\x98"), "");
  EXPECT_EQ(splitter.Rest(), "\xF0\x9F\x98");
  EXPECT_EQ(splitter.Rest(), "");
}

TEST(Utf8Splitter, KeepsNothingBackOfOtherBytes) {
  Utf8Splitter splitter;
  EXPECT_EQ(splitter.Add("\xFF\xE2"), "\xFF\xE2");
  EXPECT_EQ(splitter.Add("\x80\x80\x80\x80"), "\x80\x80\x80\x80");
  EXPECT_EQ(splitter.Add("a\xC3z"), "a\xC3z");
}

TEST(Utf8Splitter, CutsAnyTextOnlyBetweenCharacters) {
  const std::string text = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80z";
  for (size_t first = 0; first <= text.size(); ++first) {
    for (size_t second = first; second <= text.size(); ++second) {
      Utf8Splitter splitter;
      std::string joined;
      for (const std::string& part :
           {text.substr(0, first), text.substr(first, second - first), text.substr(second)}) {
        const std::string passed = splitter.Add(part);
        EXPECT_TRUE(IsUtf8(passed));
        joined += passed;
      }
      EXPECT_EQ(joined, text);
    }
  }
}

}  // namespace
}  // namespace rsca::managers
