// What a journal takes of its disk, and in which of its files.
#include <gtest/gtest.h>

#include <filesystem>
#include <random>

#include "tests/support/small_disk.h"
#include "tests/unit/server/journal/journal_fixture.h"

namespace rsca::journal {
namespace {

using support::Eventually;

// Of the files with this extension, or of all.
uint64_t DiskBytes(const std::string& directory, const std::string& extension = "") {
  uint64_t bytes = 0;
  std::error_code gone;
  for (const auto& file : std::filesystem::directory_iterator(directory)) {
    const uint64_t size = file.file_size(gone);
    if (!gone && (extension.empty() || file.path().extension() == extension)) bytes += size;
  }
  return bytes;
}

std::string Noise(size_t bytes) {
  static std::mt19937_64 random(7);
  std::string noise(bytes, '\0');
  for (char& byte : noise) byte = static_cast<char>(random());
  return noise;
}

class ManyBytesTest : public JournalTest {
 protected:
  // Nearly a write buffer of the store.
  static constexpr int kMany = 7;
  static constexpr uint64_t kMiB = 1 << 20;

  void SetUp() override { Begin(); }

  // They are in the write-ahead log alone.
  void Begin() {
    Open();
    log_ = MakeLog();
    for (int i = 0; i < kMany; ++i) {
      std::vector<Entry> entries;
      entries.push_back({grpc::Slice(Noise(1 << 20)), 1 << 20});
      log_->Append(std::move(entries)).Wake();
    }
    Flush();
    ASSERT_GT(DiskBytes(options_.directory, ".log"), kMany * kMiB);
  }

  void PassQuietSeconds() {
    for (int second = 0; second < 3; ++second) {
      timers_.Advance(absl::Seconds(1));
      Flush();
    }
  }

  bool HasNothingToReplay() const {
    return DiskBytes(options_.directory, ".log") < (64U << 10) &&
           DiskBytes(options_.directory, ".sst") > kMany * kMiB;
  }
};

TEST_F(ManyBytesTest, AreNotReplayedByAStartAfterAQuietSecond) {
  PassQuietSeconds();
  EXPECT_TRUE(Eventually([this] { return HasNothingToReplay(); }));
}

class ManyBytesOnASmallDiskTest : public ManyBytesTest {
 protected:
  void SetUp() override {
    if (!disk_.error().empty()) GTEST_SKIP() << "needs root: " << disk_.error();
    options_.directory = disk_.File("journal");
    Begin();
  }
  void TearDown() override { Close(); }  // before the disk is gone

  support::SmallDisk disk_{64};
};

TEST_F(ManyBytesOnASmallDiskTest, StayInTheLogUntilThereIsRoomForAFile) {
  const uint64_t room = std::filesystem::space(options_.directory).available;
  support::WriteFile(disk_.File("others"), std::string(room - (1U << 19), 'x'));
  PassQuietSeconds();
  EXPECT_GT(DiskBytes(options_.directory, ".log"), kMany * kMiB);
  Append(100);
  Flush();
  EXPECT_EQ(log_->last_sequence(), kMany + 100U);
  std::filesystem::remove(disk_.File("others"));
  PassQuietSeconds();
  EXPECT_TRUE(Eventually([this] { return HasNothingToReplay(); }));
  EXPECT_TRUE(listener_.heard().empty()) << "it has refused something";
}

TEST_F(ManyBytesTest, AreNotReplayedByAStartAfterAGoodEnd) {
  Close();
  EXPECT_TRUE(HasNothingToReplay());
  Open();
  TakeLog();
  EXPECT_EQ(ReadAll().size(), size_t{kMany});
}

TEST_F(JournalTest, GivesTheDiskSpaceOfForgottenLogsBack) {
  Open();
  log_ = MakeLog();
  for (int i = 0; i < 64; ++i) {
    std::vector<Entry> entries;
    entries.push_back({grpc::Slice(Noise(1 << 20)), 1 << 20});
    log_->Append(std::move(entries)).Wake();
    Flush();
  }
  ASSERT_GT(DiskBytes(options_.directory), 64U << 20);
  log_->Remove();
  Flush();
  EXPECT_TRUE(Eventually([this] { return DiskBytes(options_.directory) < (8U << 20); }))
      << DiskBytes(options_.directory);
  Close();
  Open();
  EXPECT_TRUE(journal_->TakeRecovered().empty());
}

}  // namespace
}  // namespace rsca::journal
