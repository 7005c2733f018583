#include "client/cli/suggest.h"

#include <gtest/gtest.h>

namespace rsca::cli {
namespace {

const std::vector<std::string>& Names() {
  static const auto* names = new std::vector<std::string>{"file.tail", "file.watch", "file.read",
                                                          "process.exec", "host.info"};
  return *names;
}

TEST(NearestWord, FindsASlipOfTheFingers) {
  EXPECT_EQ(NearestWord("file.tial", Names()), "file.tail");
  EXPECT_EQ(NearestWord("proces.exec", Names()), "process.exec");
  EXPECT_EQ(NearestWord("host.inof", Names()), "host.info");
}

TEST(NearestWord, FindsAPartOfTheName) { EXPECT_EQ(NearestWord("exec", Names()), "process.exec"); }

TEST(NearestWord, DoesNotGuessWildly) {
  EXPECT_EQ(NearestWord("kubernetes", Names()), "");
  EXPECT_EQ(NearestWord("x", Names()), "");
  EXPECT_EQ(NearestWord("", Names()), "");
  EXPECT_EQ(NearestWord("file.tail", {}), "");
}

TEST(DidYouMean, IsPartOfASentence) {
  EXPECT_EQ(DidYouMean("file.tal", Names()), "; did you mean `file.tail`?");
  EXPECT_EQ(DidYouMean("kubernetes", Names()), "");
}

}  // namespace
}  // namespace rsca::cli
