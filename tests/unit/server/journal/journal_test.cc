#include "server/journal/journal.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "tests/unit/server/journal/journal_fixture.h"

namespace rsca::journal {
namespace {

using support::Eventually;
using ::testing::HasSubstr;

TEST_F(JournalTest, KeepsResultsAndRecordOverARestart) {
  Open();
  log_ = MakeLog("what is known");
  Append(3);
  log_->PutRecord("what is known now");
  Flush();
  Reopen();
  EXPECT_EQ(record_, "what is known now");
  EXPECT_EQ(ReadAll(), Numbers(1, 3));
  EXPECT_EQ(log_->kept_bytes(), 30U);
}

TEST_F(JournalTest, GoesOnNumberingWithoutGapOverRestarts) {
  Open();
  log_ = MakeLog();
  for (int i = 0; i < 5; ++i) {
    Append(7);
    Reopen();
  }
  EXPECT_EQ(log_->last_sequence(), 35U);
  EXPECT_EQ(ReadAll(), Numbers(1, 35));
}

TEST_F(JournalTest, ShowsNothingThatIsNotCommitted) {
  Open();
  log_ = MakeLog();
  Flush();
  faults_->disk_full = true;
  Append(1);
  ASSERT_TRUE(Eventually([this] { return !listener_.heard().empty(); }));
  EXPECT_EQ(log_->last_sequence(), 0U);
  EXPECT_EQ(ReadAll(), Numbers(1, 0));
  EXPECT_EQ(log_->OpenReader(1, reader_listener_).status().code(), absl::StatusCode::kOutOfRange);
}

TEST_F(JournalTest, AFullDiskIsToldAndNothingIsLostWhenThereIsRoomAgain) {
  Open();
  log_ = MakeLog();
  Append(2);
  Flush();
  auto reader = *log_->OpenReader(2, reader_listener_);
  EXPECT_TRUE(Read(reader.get()).empty());
  faults_->disk_full = true;
  Append(3);
  ASSERT_TRUE(Eventually([this] { return listener_.heard().size() == 1; }));
  EXPECT_TRUE(absl::IsResourceExhausted(listener_.heard()[0])) << listener_.heard()[0];
  EXPECT_TRUE(absl::IsResourceExhausted(journal_->status()));
  EXPECT_THAT(reader->notice(), HasSubstr("no space left"));
  EXPECT_EQ(ReadAll(), Numbers(1, 2)) << "what was committed can be read meanwhile";
  faults_->disk_full = false;
  ASSERT_TRUE(Eventually([this] { return listener_.heard().size() == 2; }));
  EXPECT_TRUE(listener_.heard()[1].ok());
  Flush();
  EXPECT_EQ(Read(reader.get()), Numbers(3, 5));
  EXPECT_EQ(reader->notice(), "");
  reader = nullptr;
  Reopen();
  EXPECT_EQ(ReadAll(), Numbers(1, 5));
}

TEST_F(JournalTest, HealsAlsoWhenItHadNothingInMemory) {
  options_.sync.kind = SyncPolicy::Kind::kOff;
  Open();
  log_ = MakeLog();
  Flush();
  Reopen();
  faults_->disk_full = true;
  Append(3);
  ASSERT_TRUE(Eventually([this] { return !journal_->status().ok(); }));
  faults_->disk_full = false;
  ASSERT_TRUE(Eventually([this] { return journal_->status().ok(); }));
  Flush();
  Reopen();
  EXPECT_EQ(ReadAll(), Numbers(1, 3));
}

TEST_F(JournalTest, IsClosedInGoodOrderWhileItsDiskIsFull) {
  for (const SyncPolicy::Kind kind :
       {SyncPolicy::Kind::kAlways, SyncPolicy::Kind::kInterval, SyncPolicy::Kind::kOff}) {
    options_.sync = {kind, absl::Hours(1), 1 << 20};
    Open();
    log_ = MakeLog();
    const size_t heard = listener_.heard().size();
    faults_->disk_full = true;
    Append(3);
    ASSERT_TRUE(Eventually([&] { return listener_.heard().size() > heard; }));
    Close();
    faults_->disk_full = false;
  }
}

TEST_F(JournalTest, AFailedSyncIsToldAndHeals) {
  Open();
  log_ = MakeLog();
  Flush();
  faults_->sync_fails = true;
  Append(4);
  ASSERT_TRUE(Eventually([this] { return listener_.heard().size() == 1; }));
  EXPECT_EQ(log_->last_sequence(), 0U);
  faults_->sync_fails = false;
  ASSERT_TRUE(Eventually([this] { return listener_.heard().size() == 2; }));
  Flush();
  EXPECT_EQ(ReadAll(), Numbers(1, 4));
  Reopen();
  EXPECT_EQ(ReadAll(), Numbers(1, 4));
}

TEST_F(JournalTest, UnderIntervalResultsAreReadOnceTheyAreSynced) {
  options_.sync = {SyncPolicy::Kind::kInterval, absl::Hours(1), 1 << 20};
  Open();
  log_ = MakeLog();
  Append(1);
  // In the store, so the plug-in has its credit back, and not synced.
  ASSERT_TRUE(Eventually([this] { return written_ == 10; }));
  EXPECT_EQ(log_->last_sequence(), 0U);
  std::vector<Entry> large;
  large.push_back({grpc::Slice(std::string(2 << 20, 'x')), 10});
  log_->Append(std::move(large)).Wake();
  ASSERT_TRUE(Eventually([this] { return log_->last_sequence() == 2; })) << "sync_bytes passed";
}

TEST_F(JournalTest, UnderOffAPowerCutMayForgetAndIsNoDamage) {
  options_.sync.kind = SyncPolicy::Kind::kOff;
  Open();
  log_ = MakeLog();
  const int before = faults_->syncs;
  Append(10);
  ASSERT_TRUE(Eventually([this] { return log_->last_sequence() == 10; }));
  EXPECT_EQ(faults_->syncs, before);
  faults_->syncs_nothing = true;
  Close();
  faults_->CutPower();
  faults_->syncs_nothing = false;
  // The mark of the last commit reached the disk, and was not synced.
  const std::string path = MarkPath(options_.directory);
  std::optional<Mark> mark = ReadMark(path);
  ASSERT_TRUE(mark.has_value());
  mark->power_safe = false;
  ASSERT_EQ((*CommitMark::Open(path))->Note(*mark), absl::OkStatus());
  uptime_.boot_id.back() = '2';
  Open();
  EXPECT_TRUE(journal_->TakeRecovered().empty());
}

TEST_F(JournalTest, SharesOneSyncAmongAllThatCameDuringTheLast) {
  Open();
  std::vector<std::shared_ptr<DurableResultLog>> logs;
  for (int i = 0; i < 64; ++i) logs.push_back(MakeLog());
  Flush();
  const int before = faults_->syncs;
  for (int round = 0; round < 100; ++round) {
    for (const auto& log : logs) Append(log.get(), 1);
  }
  Flush();
  for (const auto& log : logs) EXPECT_EQ(log->last_sequence(), 100U);
  EXPECT_LT(faults_->syncs - before, 6400 / 10);
}

TEST_F(JournalTest, RetentionByCountKeepsTheNewest) {
  options_.retention.results = 100;
  Open();
  log_ = MakeLog();
  Append(1000);
  // What is not committed yet counts, and cannot be read.
  ASSERT_TRUE(Eventually([this] { return log_->last_sequence() == 1000; }));
  ASSERT_TRUE(Eventually([this] { return log_->first_sequence() == 901; }));
  EXPECT_EQ(ReadAll(900), Numbers(901, 1000));
  const auto refused = log_->OpenReader(899, reader_listener_).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kOutOfRange);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("the oldest is 901"));
  Reopen();
  journal_->EnforceRetention();
  Flush();
  EXPECT_EQ(log_->first_sequence(), 901U) << "enforced at start";
}

TEST_F(JournalTest, RetentionByBytesKeepsTheNewest) {
  options_.retention.bytes = 1000;
  Open();
  log_ = MakeLog();
  Append(1000);
  ASSERT_TRUE(
      Eventually([this] { return log_->last_sequence() == 1000 && log_->kept_bytes() <= 1000; }));
  EXPECT_GE(log_->kept_bytes(), 900U);
  EXPECT_EQ(ReadAll(log_->first_sequence() - 1), Numbers(log_->first_sequence(), 1000));
}

TEST_F(JournalTest, RetentionByAgeGoesByUptimeNotByTheWallClock) {
  options_.retention.age = absl::Minutes(10);
  Open();
  log_ = MakeLog();
  Append(5);
  Flush();
  uptime_.millis += 9 * 60 * 1000;
  Append(5);
  Flush();
  uptime_.millis += 2 * 60 * 1000;
  timers_.Advance(absl::Seconds(1));
  ASSERT_TRUE(Eventually([this] { return log_->first_sequence() == 6; }));
  // The server is down, and the host goes on.
  Close();
  uptime_.millis += 9 * 60 * 1000;
  Open();
  TakeLog();
  log_->Seal().Wake();
  journal_->EnforceRetention();
  Flush();
  EXPECT_EQ(log_->first_sequence(), 10U) << "the last of a sealed log stays";
}

// A server that was killed between two commits would leave a final entry and a record of one that
// lives, and the next server a second final entry.
TEST_F(JournalTest, TheLastEntryAndTheRecordThatSaysSoAreOneCommit) {
  Open();
  constexpr int kLogs = 200;
  std::vector<std::shared_ptr<DurableResultLog>> logs;
  for (int i = 0; i < kLogs; ++i) logs.push_back(MakeLog());
  Flush();
  const int before = faults_->syncs;
  for (const auto& log : logs) {
    std::atomic<bool> done = false;
    log->End({grpc::Slice("the end"), 10}, "ended", [&done] { done = true; }).Wake();
    ASSERT_TRUE(Eventually([&done] { return done.load(); }));
    ASSERT_EQ(log->last_sequence(), 1U);
  }
  EXPECT_EQ(faults_->syncs - before, kLogs);
}

TEST_F(JournalTest, AgeGoesOnWhereItWasWhenTheHostWasBooted) {
  options_.retention.age = absl::Minutes(10);
  Open();
  log_ = MakeLog();
  Append(5);
  Flush();
  uptime_.millis += 5 * 60 * 1000;
  Close();
  uptime_.millis = 1000;
  uptime_.boot_id.back() = '2';
  Open();
  TakeLog();
  journal_->EnforceRetention();
  Flush();
  EXPECT_EQ(log_->first_sequence(), 1U);
  uptime_.millis += 6 * 60 * 1000;
  Append(1);
  Flush();
  journal_->EnforceRetention();
  Flush();
  EXPECT_EQ(log_->first_sequence(), 6U);
}

TEST_F(JournalTest, AgeGoesOnAlthoughNoSecondOfTheJournalHasPassed) {
  Open();
  uptime_.millis += 400;
  log_ = MakeLog();
  Append(1);
  Flush();
  const absl::Duration age = journal_->Now();
  // As of a server that is killed: nothing of what is done at its end reaches the disk.
  faults_->disk_full = true;
  Close();
  faults_->disk_full = false;
  uptime_.millis += 100;
  Open();
  EXPECT_EQ(journal_->Now(), age + absl::Milliseconds(100));
}

TEST_F(JournalTest, ClosingCommitsWhatIsQueuedWhileASyncIsDue) {
  // Always due.
  options_.sync = {SyncPolicy::Kind::kInterval, absl::Nanoseconds(1), 1 << 20};
  Open();
  log_ = MakeLog();
  for (int round = 1; round <= 30; ++round) {
    Append(100);
    const uint64_t appended = appended_[log_.get()];
    journal_->Close();
    EXPECT_EQ(log_->last_sequence(), appended);
    Reopen();
    ASSERT_EQ(log_->last_sequence(), appended);
  }
}

TEST_F(JournalTest, TheLimitOfTheWholeJournalTakesFromThoseThatKeepMost) {
  options_.max_bytes = 10'000;
  Open();
  const auto small = MakeLog();
  log_ = MakeLog();
  Append(small.get(), 100);
  Append(2000);
  Flush();
  journal_->EnforceRetention();
  Flush();
  EXPECT_EQ(small->first_sequence(), 1U);
  EXPECT_LE(small->kept_bytes() + log_->kept_bytes(), 10'000U);
  EXPECT_GE(small->kept_bytes() + log_->kept_bytes(), 9'000U);
}

TEST_F(JournalTest, TheNumberOfResultsInTheWholeJournalIsLimitedToo) {
  options_.max_results = 1000;
  Open();
  const auto small = MakeLog();
  log_ = MakeLog();
  Append(small.get(), 100);
  Append(2000);
  Flush();
  journal_->EnforceRetention();
  Flush();
  EXPECT_EQ(small->kept_results(), 100U);
  EXPECT_LE(log_->kept_results(), 900U);
  EXPECT_GE(log_->kept_results(), 800U);
  EXPECT_EQ(log_->last_sequence(), 2000U);
}

TEST_F(JournalTest, ARemovedLogIsGoneForItsReadersToo) {
  Open();
  log_ = MakeLog();
  Append(3);
  Flush();
  const auto reader = *log_->OpenReader(0, reader_listener_);
  log_->Remove();
  Flush();
  EXPECT_TRUE(Read(reader.get()).empty());
  EXPECT_EQ(reader->status().code(), absl::StatusCode::kOutOfRange) << reader->status();
}

TEST_F(JournalTest, TheSecondServerIsToldWhoHasIt) {
  Open();
  auto second = Journal::Open(options_, &budget_, &timers_, &listener_);
  EXPECT_EQ(second.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(second.status().message()),
              HasSubstr(absl::StrCat("in use by process ", getpid())));
}

TEST_F(JournalTest, TakesNoDirectoryThatHasSomethingElse) {
  std::filesystem::create_directory(options_.directory);
  std::filesystem::permissions(options_.directory, std::filesystem::perms(0755));
  support::WriteFile(absl::StrCat(options_.directory, "/thesis.txt"), "text");
  const absl::Status refused = TryOpen();
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("is no journal and has other files"));
  EXPECT_EQ(std::filesystem::status(options_.directory).permissions(),
            std::filesystem::perms(0755));
  std::filesystem::remove(absl::StrCat(options_.directory, "/thesis.txt"));
  std::filesystem::create_directory(absl::StrCat(options_.directory, "/lost+found"));
  EXPECT_EQ(TryOpen(), absl::OkStatus());
}

TEST_F(JournalTest, RefusesAJournalOfALaterVersion) {
  Open();
  Close();
  {
    StoreOptions options;
    options.directory = options_.directory;
    const auto store = *Store::Open(options);
    Header header = *DecodeHeader(*store->Get(HeaderKey()));
    header.version = kFormatVersion + 1;
    rocksdb::WriteBatch batch;
    batch.Put(HeaderKey(), EncodeHeader(header));
    ASSERT_TRUE(store->Write(&batch, true).ok());
  }
  EXPECT_THAT(std::string(TryOpen().message()), HasSubstr("written by a newer rscad"));
}

// As FORMAT.md says that version 1 was.
TEST_F(JournalTest, BringsAJournalOfVersionOneToThisOne) {
  options_.retention.results = 100;
  Open();
  log_ = MakeLog();
  Append(1000);
  ASSERT_TRUE(Eventually([this] { return log_->first_sequence() == 901; }));
  MakeLog();
  Flush();
  Close();
  StoreOptions options;
  options.directory = options_.directory;
  std::string extent;
  {
    const auto store = *Store::Open(options);
    extent = *store->Get(ExtentKey(1));
    Header header = *DecodeHeader(*store->Get(HeaderKey()));
    header.version = 1;
    rocksdb::WriteBatch batch;
    batch.Put(HeaderKey(), EncodeHeader(header));
    batch.Put(FirstKey(1), EncodeFirst(DecodeExtent(extent)->first));
    batch.Delete(ExtentKey(1));
    batch.Delete(ExtentKey(2));
    ASSERT_TRUE(store->Write(&batch, true).ok());
  }
  Open();
  const auto recovered = journal_->TakeRecovered();
  ASSERT_EQ(recovered.size(), 2U);
  EXPECT_EQ(recovered[0].place.extent.last, 1000U);
  EXPECT_EQ(recovered[1].place.extent, Extent());
  Close();
  const auto store = *Store::Open(options);
  EXPECT_EQ(DecodeHeader(*store->Get(HeaderKey()))->version, kFormatVersion);
  EXPECT_TRUE(absl::IsNotFound(store->Get(FirstKey(1)).status()));
  const Extent before = *DecodeExtent(extent);
  const Extent found = *DecodeExtent(*store->Get(ExtentKey(1)));
  EXPECT_GE(found.first_age_millis, before.first_age_millis) << "exact, where that was a bound";
  EXPECT_EQ(found.first, before.first);
  EXPECT_EQ(found.start_cost, before.start_cost);
  EXPECT_EQ(found.end_cost, before.end_cost);
}

TEST_F(JournalTest, ARecordWithoutAnExtentIsDamage) {
  Open();
  log_ = MakeLog();
  Append(3);
  Flush();
  Close();
  {
    StoreOptions options;
    options.directory = options_.directory;
    const auto store = *Store::Open(options);
    rocksdb::WriteBatch batch;
    batch.Delete(ExtentKey(1));
    ASSERT_TRUE(store->Write(&batch, true).ok());
  }
  const absl::Status status = TryOpen();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status.message()), HasSubstr("log 1: its extent is missing"));
}

}  // namespace
}  // namespace rsca::journal
