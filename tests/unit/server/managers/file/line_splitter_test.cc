#include "server/managers/file/line_splitter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <utility>
#include <vector>

namespace rsca::managers::file {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

using Parts = std::vector<std::pair<std::string, bool>>;

struct Splitting {
  explicit Splitting(size_t max_bytes) : splitter(max_bytes) {}
  bool Add(std::string_view bytes) {
    return splitter.Add(bytes, [this](std::string_view part, bool goes_on) {
      parts.emplace_back(part, goes_on);
      return parts.size() < limit;
    });
  }
  void Flush() {
    splitter.Flush([this](std::string_view part, bool goes_on) {
      parts.emplace_back(part, goes_on);
      return true;
    });
  }
  LineSplitter splitter;
  Parts parts;
  size_t limit = SIZE_MAX;
};

TEST(LineSplitter, GivesEachLineWithItsNewline) {
  Splitting splitting(100);
  EXPECT_TRUE(splitting.Add("one\n\nthree\n"));
  EXPECT_THAT(splitting.parts,
              ElementsAre(Pair("one\n", false), Pair("\n", false), Pair("three\n", false)));
}

TEST(LineSplitter, HoldsALineBackUntilItsNewlineComes) {
  Splitting splitting(100);
  splitting.Add("be");
  splitting.Add("gin");
  EXPECT_THAT(splitting.parts, IsEmpty());
  splitting.Add("ning\nnext");
  EXPECT_THAT(splitting.parts, ElementsAre(Pair("beginning\n", false)));
  splitting.Flush();
  splitting.Flush();
  EXPECT_THAT(splitting.parts, ElementsAre(Pair("beginning\n", false), Pair("next", false)));
}

TEST(LineSplitter, CutsALineThatIsTooLongIntoMarkedPieces) {
  Splitting splitting(4);
  splitting.Add("abcdefghij\n");
  EXPECT_THAT(splitting.parts,
              ElementsAre(Pair("abcd", true), Pair("efgh", true), Pair("ij\n", false)));
}

TEST(LineSplitter, KnowsAtTheEndThatAFullPieceWasTheLast) {
  Splitting splitting(4);
  splitting.Add("abcdefgh");
  splitting.Flush();
  EXPECT_THAT(splitting.parts, ElementsAre(Pair("abcd", true), Pair("efgh", false)));
}

TEST(LineSplitter, LeavesALineThatJustFitsWhole) {
  Splitting splitting(4);
  splitting.Add("abc\nabcd\n");
  EXPECT_THAT(splitting.parts,
              ElementsAre(Pair("abc\n", false), Pair("abcd", true), Pair("\n", false)));
}

TEST(LineSplitter, StopsWhenTheSinkSaysSo) {
  Splitting splitting(100);
  splitting.limit = 2;
  EXPECT_FALSE(splitting.Add("a\nb\nc\n"));
  EXPECT_EQ(splitting.parts.size(), 2u);
}

TEST(LineSplitter, LosesNoByteHoweverTheStreamIsCut) {
  std::mt19937 random(1);  // NOLINT(bugprone-random-generator-seed): the same each time
  std::string stream;
  for (int i = 0; i < 20000; ++i) {
    stream += random() % 20 == 0 ? '\n' : static_cast<char>(random() % 256);
  }
  for (const size_t max_bytes : {1u, 2u, 7u, 64u, 100000u}) {
    Splitting splitting(max_bytes);
    for (size_t at = 0; at < stream.size();) {
      const size_t length = 1 + random() % 50;
      splitting.Add(std::string_view(stream).substr(at, length));
      at += length;
    }
    splitting.Flush();
    std::string joined;
    for (const auto& [part, goes_on] : splitting.parts) {
      joined += part;
      ASSERT_LE(part.size(), max_bytes);
      ASSERT_TRUE(!goes_on || part.find('\n') == std::string::npos);
      ASSERT_TRUE(part.find('\n') == std::string::npos || part.find('\n') == part.size() - 1);
    }
    EXPECT_EQ(joined, stream);
  }
}

}  // namespace
}  // namespace rsca::managers::file
