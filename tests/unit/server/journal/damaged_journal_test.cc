// A server's start on a journal whose files are damaged.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "tests/unit/server/journal/journal_fixture.h"

namespace rsca::journal {
namespace {

using support::Eventually;
using ::testing::HasSubstr;

std::string NewestLogFile(const std::string& directory) {
  std::string newest;
  for (const auto& file : std::filesystem::directory_iterator(directory)) {
    if (file.path().extension() == ".log") newest = std::max(newest, file.path().string());
  }
  return newest;
}

class DamagedJournalTest : public JournalTest {
 protected:
  // A thousand results in the newest log file.
  void SetUp() override {
    Open();
    log_ = MakeLog();
    Append(1000);
    Flush();
    const std::string copy = absl::StrCat(dir_.path(), "/copy");
    // As a killed server leaves it: closing would do no harm, but flush.
    std::filesystem::copy(options_.directory, copy);
    Close();
    std::filesystem::remove_all(options_.directory);
    std::filesystem::rename(copy, options_.directory);
  }
};

TEST_F(DamagedJournalTest, IsFineBefore) {
  Open();
  TakeLog();
  EXPECT_EQ(ReadAll(), Numbers(1, 1000));
}

TEST_F(DamagedJournalTest, ALogFileThatWasCutShortIsNoticed) {
  const std::string file = NewestLogFile(options_.directory);
  std::filesystem::resize_file(file, std::filesystem::file_size(file) - 100);
  const absl::Status status = TryOpen();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status.message()), HasSubstr("missing from the end of its newest log"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("rsca-journal repair"));
}

TEST_F(DamagedJournalTest, AFlippedBitInTheLogFileIsNoticed) {
  const std::string file = NewestLogFile(options_.directory);
  std::string bytes = support::ReadFile(file);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 4);
  support::WriteFile(file, bytes);
  const absl::Status status = TryOpen();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
}

TEST_F(DamagedJournalTest, ABadBlockIsFoundAfterTheStartAndNamedWithWhatIsInIt) {
  // Opening writes what the log file has into a table.
  Open();
  Close();
  std::string table;
  for (const auto& file : std::filesystem::directory_iterator(options_.directory)) {
    if (file.path().extension() == ".sst") table = file.path();
  }
  ASSERT_NE(table, "");
  std::string bytes = support::ReadFile(table);
  // Neither in the first entries nor in the last, which opening reads.
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  support::WriteFile(table, bytes);
  Open();
  ASSERT_TRUE(Eventually([this] { return !journal_->status().ok(); }));
  EXPECT_TRUE(absl::IsDataLoss(journal_->status()));
  EXPECT_THAT(std::string(journal_->status().message()), HasSubstr(".sst"));
  EXPECT_THAT(std::string(journal_->status().message()), HasSubstr("rsca-journal verify"));
  EXPECT_TRUE(Eventually([this] { return listener_.heard().size() == 1; }));
}

TEST_F(DamagedJournalTest, AMissingLogFileIsNoticed) {
  std::filesystem::remove(NewestLogFile(options_.directory));
  EXPECT_EQ(TryOpen().code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace rsca::journal
