#include "server/managers/file/last_lines.h"

#include <cerrno>
#include <string>

#include "server/managers/base/unique_fd.h"
#include "tests/unit/server/managers/file/file_tests.h"

namespace rsca::managers::file {
namespace {

// What the last lines of a file with these contents are; `*error` is what the search returned.
std::string LastLines(const std::string& contents, uint64_t lines, int* error) {
  TempDir dir;
  Append(dir / "f", contents);
  const UniqueFd fd(open((dir / "f").c_str(), O_RDONLY | O_CLOEXEC));
  uint64_t offset = 0;
  *error = FindLastLines(
      fd.Get(), contents.size(), lines, [] { return false; }, &offset);
  return contents.substr(offset);
}

TEST(LastLines, BeginWhereTheLinesBegin) {
  const struct {
    const char* contents;
    uint64_t lines;
    const char* last;
  } cases[] = {
      {"", 10, ""},
      {"", 0, ""},
      {"a\nb\nc\n", 2, "b\nc\n"},
      {"a\nb\nc\n", 3, "a\nb\nc\n"},
      {"a\nb\nc\n", 9, "a\nb\nc\n"},
      {"a\nb\nc\n", 0, ""},
      {"a\nb\nc", 1, "c"},
      {"a\nb\nc", 2, "b\nc"},
      {"abc", 1, "abc"},
      {"\n", 1, "\n"},
      {"\n\n\n", 1, "\n"},
      {"\n\n\n", 2, "\n\n"},
      {"a\n\n", 1, "\n"},
      {"a\n\nb", 2, "\nb"},
  };
  for (const auto& c : cases) {
    int error = -1;
    EXPECT_EQ(LastLines(c.contents, c.lines, &error), c.last) << c.contents << " " << c.lines;
    EXPECT_EQ(error, 0);
  }
}

TEST(LastLines, AreFoundAcrossBlocks) {
  // Longer and shorter than the blocks that are read, and with newlines at their borders.
  for (const size_t length : {65535u, 65536u, 65537u, 131071u, 131072u, 200000u}) {
    const std::string line = std::string(length - 1, 'x') + "\n";
    int error = -1;
    EXPECT_EQ(LastLines("head\n" + line + line, 2, &error).size(), 2 * length) << length;
    EXPECT_EQ(LastLines("head\n" + line + line, 1, &error).size(), length) << length;
    EXPECT_EQ(error, 0);
  }
}

TEST(LastLines, OfAFileThatIsTooBigForMemoryAreFoundAtOnce) {
  TempDir dir;
  const std::string path = dir / "huge";
  Append(path, "first\n");
  constexpr off_t kSize = off_t{1} << 40;  // a terabyte with a hole
  if (truncate(path.c_str(), kSize) != 0) GTEST_SKIP() << "the file system has no such files";
  Append(path, "\nlast but one\nlast\n");
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  uint64_t offset = 0;
  EXPECT_EQ(FindLastLines(
                fd.Get(), static_cast<uint64_t>(kSize) + 19, 2, [] { return false; }, &offset),
            0);
  EXPECT_EQ(offset, static_cast<uint64_t>(kSize) + 1);
}

TEST(LastLines, AreNotLookedForOnceStopped) {
  TempDir dir;
  Append(dir / "f", std::string(300000, 'x'));
  const UniqueFd fd(open((dir / "f").c_str(), O_RDONLY | O_CLOEXEC));
  uint64_t offset = 0;
  int asked = 0;
  EXPECT_EQ(FindLastLines(
                fd.Get(), 300000, 1, [&] { return ++asked == 2; }, &offset),
            ECANCELED);
  EXPECT_EQ(asked, 2);
}

TEST(LastLines, OfAFileThatWasCutOffMeanwhileAreAllOfIt) {
  TempDir dir;
  Append(dir / "f", "a\nb\n");
  const UniqueFd fd(open((dir / "f").c_str(), O_RDONLY | O_CLOEXEC));
  uint64_t offset = 7;
  EXPECT_EQ(FindLastLines(
                fd.Get(), 1000, 1, [] { return false; }, &offset),
            0);
  EXPECT_EQ(offset, 0u);
}

TEST(LastLines, OfWhatCannotBeReadAreAnError) {
  uint64_t offset = 0;
  EXPECT_EQ(FindLastLines(
                -1, 10, 1, [] { return false; }, &offset),
            EBADF);
}

}  // namespace
}  // namespace rsca::managers::file
