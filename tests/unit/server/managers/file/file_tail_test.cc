#include "tests/unit/server/managers/file/file_manager_test.h"

namespace rsca {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

class FileTail : public FileManagerTest {
 protected:
  ~FileTail() override { plugin().Unregister(1); }

  HRESULT Start(const std::string& path, nlohmann::json more = {}) {
    return plugin().Register(1, L"file.tail", Arguments(path, std::move(more)), results_);
  }

  // Whether these are all results so far, once there are as many.
  void ExpectLines(const std::vector<std::string>& lines) {
    results_->WaitFor([&](const Results& all) { return all.size() >= lines.size(); });
    EXPECT_EQ(Responses(results_->results()), lines);
  }

  const std::string path_ = dir_ / "log";
  const RecorderPtr results_ = MakeRecorder();
};

TEST_F(FileTail, GivesTheLastLinesThenWhatIsWritten) {
  Append(path_, "1\n2\n3\n4\n");
  ASSERT_EQ(Start(path_, {{"lines", 2}}), S_OK);
  Append(path_, "5\n");
  Append(path_, "6\n7\n");
  ExpectLines({"3\n", "4\n", "5\n", "6\n", "7\n"});
  for (const RecordedResult& result : results_->results()) {
    EXPECT_EQ(result.status, S_OK);
    EXPECT_FALSE(result.final);
  }
}

TEST_F(FileTail, BeginsWithTenLinesUnlessToldOtherwise) {
  for (int i = 0; i < 25; ++i) Append(path_, std::to_string(i) + "\n");
  ASSERT_EQ(Start(path_, {{"follow", false}}), S_OK);
  ASSERT_TRUE(results_->WaitForFinal());
  EXPECT_EQ(Joined(results_->results()), "15\n16\n17\n18\n19\n20\n21\n22\n23\n24\n");
}

TEST_F(FileTail, BeginsAtTheEndWithNoLines) {
  Append(path_, "old\n");
  ASSERT_EQ(Start(path_, {{"lines", 0}}), S_OK);
  Append(path_, "new\n");
  ExpectLines({"new\n"});
}

TEST_F(FileTail, FollowsAnEmptyFile) {
  Append(path_, "");
  ASSERT_EQ(Start(path_), S_OK);
  Append(path_, "first\n");
  ExpectLines({"first\n"});
}

TEST_F(FileTail, EndsAfterTheLastLineWhenNotFollowing) {
  Append(path_, "1\n2\nno newline");
  ASSERT_EQ(Start(path_, {{"follow", false}}), S_OK);
  ASSERT_TRUE(results_->WaitForFinal());
  const Results results = results_->results();
  EXPECT_THAT(Responses(results), ElementsAre("1\n", "2\n", "no newline", ""));
  EXPECT_EQ(results.back().status, S_OK);
  EXPECT_TRUE(results_->WaitForRelease());
}

TEST_F(FileTail, EndsAtOnceForAnEmptyFileWhenNotFollowing) {
  Append(path_, "");
  ASSERT_EQ(Start(path_, {{"follow", false}}), S_OK);
  ASSERT_TRUE(results_->WaitForFinal());
  EXPECT_THAT(results_->results(), SizeIs(1));
}

TEST_F(FileTail, HoldsALineBackUntilItsNewlineComes) {
  Append(path_, "1\nbegin");
  ASSERT_EQ(Start(path_, {{"lines", 2}}), S_OK);
  ExpectLines({"1\n"});
  Append(path_, "ning");
  Append(path_, " and end\n2\n");
  ExpectLines({"1\n", "beginning and end\n", "2\n"});
}

TEST_F(FileTail, GivesWhatItHoldsBackWhenItIsUnregistered) {
  Append(path_, "1\nunfinished");
  ASSERT_EQ(Start(path_), S_OK);
  ExpectLines({"1\n"});
  EXPECT_EQ(plugin().Unregister(1), S_OK);
  ExpectLines({"1\n", "unfinished"});
  EXPECT_EQ(results_->late(), 0);
}

TEST_F(FileTail, GivesWhatWasWrittenBeforeTheUnregister) {
  Append(path_, "");
  ASSERT_EQ(Start(path_), S_OK);
  std::string written;
  for (int i = 0; i < 1000; ++i) written += std::to_string(i) + "\n";
  Append(path_, written);
  EXPECT_EQ(plugin().Unregister(1), S_OK);
  EXPECT_EQ(Joined(results_->results()), written);
}

TEST_F(FileTail, GivesALineThatIsTooLongInMarkedPieces) {
  constexpr size_t kMebibyte = 1 << 20;
  const std::string longest(kMebibyte - 1, 'a');
  const std::string longer(2 * kMebibyte + 5, 'b');
  Append(path_, longest + "\n" + longer + "\nshort\n");
  ASSERT_EQ(Start(path_, {{"follow", false}}), S_OK);
  ASSERT_TRUE(results_->WaitForFinal());
  const Results results = results_->results();
  ASSERT_THAT(results, SizeIs(6));
  EXPECT_EQ(Joined(results), longest + "\n" + longer + "\nshort\n");
  const HRESULT statuses[] = {S_OK, S_FALSE, S_FALSE, S_OK, S_OK, S_OK};
  for (size_t i = 0; i < results.size(); ++i) {
    EXPECT_EQ(results[i].status, statuses[i]) << i;
    EXPECT_LE(results[i].response.size(), kMebibyte) << i;
  }
}

TEST_F(FileTail, GivesShorterPiecesWhenToldTo) {
  Append(path_, "abcdefg\nhi\n");
  ASSERT_EQ(Start(path_, {{"max_line_bytes", 3}}), S_OK);
  ExpectLines({"abc", "def", "g\n", "hi\n"});
}

TEST_F(FileTail, LeavesBinaryBytesAsTheyAre) {
  std::string bytes;
  for (int i = 0; i < 100000; ++i) bytes += static_cast<char>(i * 7919 >> 3);
  Append(path_, bytes);
  ASSERT_EQ(Start(path_, {{"lines", 1000000}, {"follow", false}}), S_OK);
  ASSERT_TRUE(results_->WaitForFinal());
  EXPECT_EQ(Joined(results_->results()), bytes);
}

TEST_F(FileTail, FollowsOneFileForSeveralRegistrations) {
  Append(path_, "1\n");
  ASSERT_EQ(Start(path_), S_OK);
  const RecorderPtr others = MakeRecorder();
  ASSERT_EQ(plugin().Register(2, L"file.tail", Arguments(path_), others), S_OK);
  Append(path_, "2\n");
  ExpectLines({"1\n", "2\n"});
  EXPECT_TRUE(others->WaitFor([](const Results& all) { return all.size() == 2; }));
  EXPECT_EQ(plugin().Unregister(2), S_OK);
}

TEST_F(FileTail, EndsWhenNobodyWantsItsResults) {
  Append(path_, "1\n");
  ASSERT_EQ(Start(path_), S_OK);
  ExpectLines({"1\n"});
  results_->Refuse();
  Append(path_, "2\n");
  EXPECT_TRUE(results_->WaitForRelease());
}

TEST_F(FileTail, StopsWhileItWaitsForAReader) {
  Append(path_, "1\n2\n3\n");
  results_->Hold();
  ASSERT_EQ(Start(path_), S_OK);
  ASSERT_TRUE(results_->WaitForBlocked());
  results_->Refuse();
  plugin().Unregister(1);  // may have ended by itself
  EXPECT_TRUE(results_->WaitForRelease());
}

TEST_F(FileTail, RefusesAFileThatDoesNotExist) {
  EXPECT_EQ(Start(path_), HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND));
  EXPECT_EQ(Start(path_, {{"follow", false}}), HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND));
  EXPECT_EQ(Start(dir_ / "no/directory/log"), HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND));
}

TEST_F(FileTail, WaitsForAFileThatDoesNotExistWhenToldTo) {
  ASSERT_EQ(Start(path_, {{"retry", true}}), S_OK);
  Append(path_, "1\n2\n");
  ExpectLines({"1\n", "2\n"});
}

TEST_F(FileTail, WaitsForADirectoryThatDoesNotExistWhenToldTo) {
  const std::string path = dir_ / "some/where/below/log";
  ASSERT_EQ(Start(path, {{"retry", true}}), S_OK);
  std::filesystem::create_directories(dir_ / "some/where/below");
  Append(path, "1\n");
  ExpectLines({"1\n"});
}

TEST_F(FileTail, RefusesWhatIsNoRegularFile) {
  ASSERT_EQ(mkfifo((dir_ / "fifo").c_str(), 0600), 0);
  for (const std::string& path : {dir_.path(), dir_ / "fifo", std::string("/dev/null")}) {
    EXPECT_EQ(Start(path), E_INVALIDARG) << path;
    EXPECT_EQ(Start(path, {{"retry", true}}), E_INVALIDARG) << path;
    EXPECT_EQ(Start(path, {{"follow", false}}), E_INVALIDARG) << path;
  }
  EXPECT_EQ(Start("log"), E_INVALIDARG);
}

TEST_F(FileTail, IsDeniedWhatTheServerMayNotRead) {
  Append(path_, "secret\n");
  ASSERT_EQ(chmod(dir_.path().c_str(), 0755), 0);
  ASSERT_EQ(chmod(path_.c_str(), 0), 0);
  const AsNobody nobody;
  EXPECT_EQ(Start(path_), E_ACCESSDENIED);
  EXPECT_EQ(Start(path_, {{"follow", false}}), E_ACCESSDENIED);
}

TEST_F(FileTail, IsDeniedAFileInADirectoryThatCannotBeWatched) {
  Append(path_, "1\n");
  ASSERT_EQ(chmod(path_.c_str(), 0644), 0);
  ASSERT_EQ(chmod(dir_.path().c_str(), 0111), 0);
  {
    const AsNobody nobody;
    EXPECT_EQ(Start(path_), E_ACCESSDENIED);
    EXPECT_EQ(Start(path_, {{"follow", false}}), S_OK);
  }
  ASSERT_TRUE(results_->WaitForFinal());
  ASSERT_EQ(chmod(dir_.path().c_str(), 0755), 0);
}

TEST_F(FileTail, SaysWhatIsWrong) {
  Start(path_);
  ASSERT_TRUE(results_->WaitForFinal());
  EXPECT_THAT(results_->results().back().response, HasSubstr(path_));
}

}  // namespace
}  // namespace rsca
