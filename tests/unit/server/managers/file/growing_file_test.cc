#include "server/managers/file/growing_file.h"

#include <string>

#include "server/managers/base/unique_fd.h"
#include "tests/unit/server/managers/file/file_tests.h"

namespace rsca::managers::file {
namespace {

using Progress = GrowingFile::Progress;

class GrowingFileTest : public testing::Test {
 protected:
  GrowingFile Open(const std::string& contents, uint64_t offset) {
    Append(path_, contents);
    fd_ = UniqueFd(open(path_.c_str(), O_RDONLY | O_CLOEXEC));
    return {fd_.Get(), offset};
  }

  TempDir dir_;
  const std::string path_ = dir_ / "f";
  UniqueFd fd_;
  std::string bytes_;
};

TEST_F(GrowingFileTest, GivesWhatIsAppended) {
  GrowingFile file = Open("one", 0);
  EXPECT_EQ(file.ReadNext(&bytes_), Progress::kBytes);
  EXPECT_EQ(bytes_, "one");
  EXPECT_EQ(file.ReadNext(&bytes_), Progress::kNothing);
  Append(path_, "two");
  EXPECT_EQ(file.ReadNext(&bytes_), Progress::kBytes);
  EXPECT_EQ(bytes_, "two");
  EXPECT_EQ(file.offset(), 6u);
}

TEST_F(GrowingFileTest, BeginsWhereItIsToldTo) {
  GrowingFile file = Open("onetwo", 3);
  EXPECT_EQ(file.ReadNext(&bytes_), Progress::kBytes);
  EXPECT_EQ(bytes_, "two");
}

TEST_F(GrowingFileTest, NoticesThatTheFileHasBecomeShorter) {
  GrowingFile file = Open("long contents", 0);
  file.ReadNext(&bytes_);
  Truncate(path_);
  Append(path_, "new");
  EXPECT_EQ(file.ReadNext(&bytes_), Progress::kTruncated);
  EXPECT_EQ(bytes_, "");
  EXPECT_EQ(file.ReadNext(&bytes_), Progress::kBytes);
  EXPECT_EQ(bytes_, "new");
}

TEST_F(GrowingFileTest, NoticesATruncationAfterWhichTheFileHasGrownToTheSameSizeOrMore) {
  for (const char* contents : {"line 2\n", "line 2\nline 3\n"}) {
    Append(path_, "");
    Truncate(path_);
    GrowingFile file = Open("line 1\n", 0);
    file.ReadNext(&bytes_);
    Truncate(path_);
    Append(path_, contents);
    EXPECT_EQ(file.ReadNext(&bytes_), Progress::kTruncated);
    EXPECT_EQ(file.ReadNext(&bytes_), Progress::kBytes);
    EXPECT_EQ(bytes_, contents);
  }
}

TEST_F(GrowingFileTest, NoticesATruncationBeforeItsFirstReading) {
  GrowingFile file = Open("one\ntwo\n", 4);
  Truncate(path_);
  EXPECT_EQ(file.ReadNext(&bytes_), Progress::kTruncated);
  EXPECT_EQ(file.ReadNext(&bytes_), Progress::kNothing);
}

TEST_F(GrowingFileTest, NoticesTruncationsOfALargeFile) {
  GrowingFile file = Open(std::string(200000, 'a'), 0);
  std::string all;
  while (file.ReadNext(&bytes_) == Progress::kBytes) all += bytes_;
  EXPECT_EQ(all.size(), 200000u);
  Truncate(path_);
  Append(path_, std::string(300000, 'b'));
  EXPECT_EQ(file.ReadNext(&bytes_), Progress::kTruncated);
  EXPECT_EQ(file.offset(), 0u);
}

TEST_F(GrowingFileTest, SaysWhyItCannotRead) {
  GrowingFile file(-1, 0);
  EXPECT_EQ(file.ReadNext(&bytes_), Progress::kFailed);
  EXPECT_EQ(file.error(), EBADF);
}

}  // namespace
}  // namespace rsca::managers::file
