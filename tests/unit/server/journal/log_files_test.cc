// Damage in the files by which RocksDB knows what it has, of which RocksDB itself says nothing.
#include "server/journal/log_files.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>

#include "absl/strings/match.h"
#include "server/journal/commit_mark.h"
#include "server/journal/crc32c.h"
#include "server/journal/log_walk.h"
#include "tests/unit/server/journal/journal_fixture.h"

namespace rsca::journal {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr size_t kBlockBytes = 32 << 10;
constexpr size_t kHeaderBytes = 7;

std::string FlipBit(std::string bytes, size_t bit) {
  bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ 1 << bit % 8);
  return bytes;
}

class LogFiles : public JournalTest {
 protected:
  // A journal with a table, a MANIFEST that tells of it in its last record, and a log.
  void MakeJournal() {
    Open();
    log_ = MakeLog();
    Append(100);
    Flush();
    Reopen();
    Append(100);
    Flush();
    Close();
    manifest_ = Newest("MANIFEST-");
    write_ahead_log_ = Newest(".log");
    saved_ = support::ReadFile(manifest_);
  }

  std::string Newest(const std::string& part) const {
    std::string newest;
    for (const auto& file : std::filesystem::directory_iterator(options_.directory)) {
      if (absl::StrContains(file.path().filename().string(), part)) {
        newest = std::max(newest, file.path().string());
      }
    }
    EXPECT_FALSE(newest.empty()) << part;
    return newest;
  }

  absl::Status Check() const { return CheckLogFiles(options_.directory, uptime_.boot_id); }

  // Where the records of a small file begin, and the end of the last.
  static std::vector<size_t> Places(const std::string& bytes) {
    std::vector<size_t> places = {0};
    while (places.back() + kHeaderBytes <= bytes.size()) {
      const size_t at = places.back();
      const size_t length = static_cast<unsigned char>(bytes[at + 4]) |
                            static_cast<size_t>(static_cast<unsigned char>(bytes[at + 5])) << 8;
      places.push_back(at + kHeaderBytes + length);
    }
    EXPECT_EQ(places.back(), bytes.size());
    return places;
  }

  std::string manifest_;
  std::string write_ahead_log_;
  std::string saved_;  // the MANIFEST
};

TEST(Crc32c, IsAsItsStandardSays) {
  EXPECT_EQ(Crc32c(""), 0U);
  EXPECT_EQ(Crc32c("123456789"), 0xE3069283U);
  EXPECT_EQ(Crc32c(std::string(32, '\0')), 0x8A9136AAU);
  EXPECT_EQ(Crc32c(std::string(32, '\xff')), 0x62A8AB43U);
}

TEST_F(LogFiles, AreSoundAsAServerLeavesThem) {
  MakeJournal();
  EXPECT_EQ(Check(), absl::OkStatus());
  const auto walk = WalkLog(manifest_);
  ASSERT_TRUE(walk.ok()) << walk.status();
  EXPECT_EQ(walk->end, LogWalk::End::kWhole) << walk->what;
  EXPECT_EQ(walk->sound, saved_.size());
}

TEST_F(LogFiles, EveryBitOfAManifestIsMissed) {
  MakeJournal();
  ASSERT_LT(saved_.size(), kBlockBytes) << "one block, the last";
  for (size_t bit = 0; bit < 8 * saved_.size(); ++bit) {
    support::WriteFile(manifest_, FlipBit(saved_, bit));
    const absl::Status status = Check();
    ASSERT_EQ(status.code(), absl::StatusCode::kDataLoss) << "bit " << bit;
    ASSERT_THAT(status.message(), HasSubstr(manifest_));
  }
}

TEST_F(LogFiles, AfterAPowerCutEveryBitBeforeTheLastRecordOfAManifestIsMissed) {
  MakeJournal();
  uptime_.boot_id.back() = '2';
  const std::vector<size_t> places = Places(saved_);
  const size_t last = places[places.size() - 2];
  for (size_t bit = 0; bit < 8 * last; ++bit) {
    support::WriteFile(manifest_, FlipBit(saved_, bit));
    ASSERT_EQ(Check().code(), absl::StatusCode::kDataLoss) << "bit " << bit;
  }
}

TEST_F(LogFiles, AManifestThatWasCutShortIsMissedWhereverThatWas) {
  MakeJournal();
  for (size_t size = 0; size < saved_.size(); ++size) {
    support::WriteFile(manifest_, saved_.substr(0, size));
    ASSERT_EQ(Check().code(), absl::StatusCode::kDataLoss) << "at " << size;
  }
}

TEST_F(LogFiles, AChangeOfTheManifestThatTheServerCouldNotFinishIsNoDamage) {
  MakeJournal();
  const std::vector<size_t> places = Places(saved_);
  const std::string last = saved_.substr(places[places.size() - 2]);
  for (size_t size = 0; size < last.size(); ++size) {
    support::WriteFile(manifest_, saved_ + last.substr(0, size));
    ASSERT_EQ(Check(), absl::OkStatus()) << size << " bytes of it were written";
  }
  // Cut short it would not be all there, and it is.
  for (const size_t bit : std::initializer_list<size_t>{4 * 8, 5 * 8 + 1, 5 * 8 + 7}) {
    support::WriteFile(manifest_, saved_ + FlipBit(last, bit));
    EXPECT_EQ(Check().code(), absl::StatusCode::kDataLoss) << bit;
  }
}

TEST_F(LogFiles, EveryHeaderOfAWriteAheadLogIsChecked) {
  MakeJournal();
  const std::string log = support::ReadFile(write_ahead_log_);
  for (const size_t place : Places(log)) {
    if (place == log.size()) break;
    for (size_t bit = 8 * place; bit < 8 * (place + kHeaderBytes); ++bit) {
      support::WriteFile(write_ahead_log_, FlipBit(log, bit));
      const absl::Status status = Check();
      ASSERT_EQ(status.code(), absl::StatusCode::kDataLoss) << "bit " << bit;
      ASSERT_THAT(status.message(),
                  AllOf(HasSubstr(write_ahead_log_), HasSubstr(absl::StrCat("at ", place))));
    }
  }
}

TEST_F(LogFiles, AreFollowedOverTheirBlocks) {
  Open();
  log_ = MakeLog();
  for (int i = 0; i < 10; ++i) {
    std::vector<Entry> entries;
    entries.push_back({grpc::Slice(std::string(20'000 + static_cast<size_t>(i), 'x')), 10});
    log_->Append(std::move(entries)).Wake();
    Flush();
  }
  Close();
  write_ahead_log_ = Newest(".log");
  EXPECT_EQ(Check(), absl::OkStatus());
  const std::string log = support::ReadFile(write_ahead_log_);
  ASSERT_GT(log.size(), 5 * kBlockBytes);
  // The type of the first record of each block.
  for (size_t place = 0; place + kHeaderBytes < log.size(); place += kBlockBytes) {
    support::WriteFile(write_ahead_log_, FlipBit(log, 8 * (place + 6) + 2));
    EXPECT_EQ(Check().code(), absl::StatusCode::kDataLoss) << place;
  }
  // Of a record in pieces, the last piece is not there.
  support::WriteFile(write_ahead_log_, log.substr(0, kBlockBytes));
  const auto walk = WalkLog(write_ahead_log_);
  ASSERT_TRUE(walk.ok()) << walk.status();
  EXPECT_EQ(walk->end, LogWalk::End::kCutShort) << walk->what;
  EXPECT_LT(walk->sound, kBlockBytes);
}

TEST_F(LogFiles, AServerDoesNotStartAndDeletesNothing) {
  MakeJournal();
  const std::string table = Newest(".sst");
  const std::vector<size_t> places = Places(saved_);
  // The type of the second record: RocksDB would take it for the end.
  support::WriteFile(manifest_, FlipBit(saved_, 8 * (places[1] + 6) + 2));
  const absl::Status status = TryOpen();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(status.message(), AllOf(HasSubstr(manifest_), HasSubstr("rsca-journal repair")));
  EXPECT_TRUE(std::filesystem::exists(table));
  support::WriteFile(manifest_, saved_);
  Open();
  TakeLog();
  EXPECT_EQ(ReadAll(), Numbers(1, 200));
}

TEST_F(LogFiles, CurrentMustNameTheManifestThatWasInUse) {
  MakeJournal();
  const std::string current = options_.directory + "/CURRENT";
  const std::string text = support::ReadFile(current);
  for (size_t bit = 0; bit < 8 * text.size(); ++bit) {
    support::WriteFile(current, FlipBit(text, bit));
    const absl::Status status = Check();
    ASSERT_EQ(status.code(), absl::StatusCode::kDataLoss) << "bit " << bit;
    ASSERT_THAT(status.message(), HasSubstr("CURRENT"));
  }
  support::WriteFile(current, "MANIFEST-000001\n");
  std::filesystem::copy(manifest_, ManifestPath(options_.directory, 1));
  EXPECT_THAT(Check().message(), HasSubstr("was in use"));
}

TEST_F(LogFiles, AMarkThatIsDamagedSaysNothing) {
  MakeJournal();
  const std::string path = MarkPath(options_.directory);
  const std::string mark = support::ReadFile(path);
  ASSERT_TRUE(ReadMark(path).has_value());
  // The end of the line does not matter.
  for (size_t bit = 0; bit < 8 * (mark.size() - 1); ++bit) {
    support::WriteFile(path, FlipBit(mark, bit));
    ASSERT_FALSE(ReadMark(path).has_value()) << "bit " << bit;
  }
  Open();
  TakeLog();
  EXPECT_EQ(ReadAll(), Numbers(1, 200));
}

}  // namespace
}  // namespace rsca::journal
