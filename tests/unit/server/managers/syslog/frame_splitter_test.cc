#include "server/managers/syslog/frame_splitter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace rsca::managers::syslog {
namespace {

using testing::ElementsAre;

// All frames of a stream that comes in pieces of this size; those that were cut end with `~`.
std::vector<std::string> Split(std::string_view stream, size_t piece, size_t max_bytes = 100,
                               bool whole = true) {
  FrameSplitter splitter(max_bytes);
  std::vector<std::string> frames;
  const auto add = [&](const Frame& frame) {
    frames.push_back(frame.bytes + (frame.truncated ? "~" : ""));
  };
  for (size_t at = 0; at < stream.size(); at += piece) {
    splitter.Add(stream.substr(at, piece));
    while (const auto frame = splitter.Next()) add(*frame);
    EXPECT_LE(splitter.unused(), max_bytes + piece + 8);
  }
  while (const auto frame = splitter.Finish(whole)) add(*frame);
  EXPECT_EQ(splitter.unused(), 0u);
  return frames;
}

TEST(FrameSplitter, TakesLines) {
  for (const size_t piece : {1u, 2u, 3u, 100u}) {
    EXPECT_THAT(Split("<1>a\n<2>b\n", piece), ElementsAre("<1>a", "<2>b"));
  }
}

TEST(FrameSplitter, TakesCountedMessagesWithNewlinesInThem) {
  for (const size_t piece : {1u, 2u, 3u, 100u}) {
    EXPECT_THAT(Split("6 <1>a\nb4 <2>c", piece), ElementsAre("<1>a\nb", "<2>c"));
  }
}

TEST(FrameSplitter, TellsThemApartOneByOne) {
  for (const size_t piece : {1u, 2u, 3u, 100u}) {
    EXPECT_THAT(Split("<1>a\n6 <2>b\nc<3>d\n4 <4>e\n<5>f\n", piece),
                ElementsAre("<1>a", "<2>b\nc", "<3>d", "<4>e", "<5>f"));
  }
}

TEST(FrameSplitter, TakesDigitsWithoutASpaceAsALine) {
  for (const size_t piece : {1u, 2u, 3u, 100u}) {
    EXPECT_THAT(Split("123\n12345678 x\n0 y\n12a\n", piece),
                ElementsAre("123", "12345678 x", "0 y", "12a"));
  }
}

TEST(FrameSplitter, PassesOverEmptyLines) {
  for (const size_t piece : {1u, 2u, 3u, 100u}) {
    EXPECT_THAT(Split("\n\r\n<1>a\n\n\n4 <2>b\n", piece), ElementsAre("<1>a", "<2>b"));
  }
}

TEST(FrameSplitter, CutsWhatIsTooLong) {
  for (const size_t piece : {1u, 2u, 3u, 100u}) {
    EXPECT_THAT(Split("abcdefghijkl\n12 mnopqrstuvwx<1>y\nabcdefgh\n", piece, 8),
                ElementsAre("abcdefgh~", "mnopqrst~", "<1>y", "abcdefgh"));
  }
}

TEST(FrameSplitter, TakesALastLineWithoutNewline) {
  EXPECT_THAT(Split("<1>a\n<2>b", 1), ElementsAre("<1>a", "<2>b"));
  EXPECT_THAT(Split("<1>a\n<2>b", 1, 100, false), ElementsAre("<1>a", "<2>b~"));
}

TEST(FrameSplitter, MarksACountedMessageThatBreaksOff) {
  EXPECT_THAT(Split("<1>a\n10 <2>b", 1), ElementsAre("<1>a", "<2>b~"));
  EXPECT_THAT(Split("10 ", 1), ElementsAre());
}

TEST(FrameSplitter, FindsTheSameHoweverTheStreamIsCut) {
  std::mt19937 random(6587);
  for (int i = 0; i < 2000; ++i) {
    std::string stream;
    while (stream.size() < 200) {
      const size_t size = 1 + random() % 40;
      std::string message(size, 'x');
      for (char& byte : message) byte = "<1> 0925\nab\r\0"[random() % 13];
      switch (random() % 3) {
        case 0:
          stream += std::to_string(size) + " " + message;
          break;
        case 1:
          stream += "<" + message + "\n";
          break;
        default:
          stream += message;
      }
    }
    const std::vector<std::string> whole = Split(stream, stream.size(), 24);
    EXPECT_EQ(Split(stream, 1, 24), whole) << stream;
    EXPECT_EQ(Split(stream, 1 + random() % 50, 24), whole) << stream;
  }
}

}  // namespace
}  // namespace rsca::managers::syslog
