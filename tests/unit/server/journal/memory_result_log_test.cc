#include "server/journal/memory_result_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <string>
#include <thread>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/status.h"

namespace rsca::journal {
namespace {

using ::testing::ElementsAre;

constexpr uint64_t kReserved = 100;

class CountingListener : public ReaderListener {
 public:
  void OnReadable() override { ++woken; }
  std::atomic<int> woken = 0;
};

class MemoryResultLogTest : public ::testing::Test {
 protected:
  std::shared_ptr<MemoryResultLog> MakeLog(uint64_t window_bytes) {
    EXPECT_TRUE(budget_.Reserve(kReserved));
    return MemoryResultLog::Make(window_bytes, kReserved, &budget_,
                                 [this](uint64_t bytes) { passed_ += bytes; });
  }

  // Each entry is its own sequence number as text, and costs 10.
  static void Append(MemoryResultLog* log, int count) {
    for (int i = 0; i < count; ++i) {
      std::vector<Entry> entries;
      entries.push_back({grpc::Slice(absl::StrCat(log->last_sequence() + 1)), 10});
      log->Append(std::move(entries)).Wake();
    }
  }

  static std::vector<std::string> Read(LogReader* reader, size_t most = 100) {
    std::vector<grpc::Slice> slices;
    reader->Read({most, 1 << 20}, &slices);
    std::vector<std::string> texts;
    for (const grpc::Slice& slice : slices) {
      texts.emplace_back(reinterpret_cast<const char*>(slice.begin()), slice.size());
    }
    return texts;
  }

  WindowBudget budget_{1000};
  std::shared_ptr<CountingListener> listener_ = std::make_shared<CountingListener>();
  std::atomic<uint64_t> passed_ = 0;
};

TEST_F(MemoryResultLogTest, ReadsWhatIsKeptAndThenWhatComes) {
  const auto log = MakeLog(1000);
  Append(log.get(), 2);
  const auto reader = *log->OpenReader(0, listener_);
  EXPECT_THAT(Read(reader.get()), ElementsAre("1", "2"));
  EXPECT_THAT(Read(reader.get()), ElementsAre());
  Append(log.get(), 1);
  EXPECT_EQ(listener_->woken, 1);
  EXPECT_THAT(Read(reader.get()), ElementsAre("3"));
  EXPECT_EQ(reader->position(), 3U);
}

TEST_F(MemoryResultLogTest, WakesAReaderOnceForAllThatCameMeanwhile) {
  const auto log = MakeLog(1000);
  const auto reader = *log->OpenReader(0, listener_);
  EXPECT_THAT(Read(reader.get()), ElementsAre());
  Append(log.get(), 3);
  EXPECT_EQ(listener_->woken, 1);
}

TEST_F(MemoryResultLogTest, DoesNotWakeAReaderThatHasNotReachedTheEnd) {
  const auto log = MakeLog(1000);
  const auto reader = *log->OpenReader(0, listener_);
  Append(log.get(), 3);
  EXPECT_THAT(Read(reader.get(), 1), ElementsAre("1"));
  Append(log.get(), 1);
  EXPECT_EQ(listener_->woken, 0);
}

TEST_F(MemoryResultLogTest, SaysWhichSequenceIsTheOldestWhenAskedForOneThatWasDropped) {
  const auto log = MakeLog(20);
  const auto reader = *log->OpenReader(0, listener_);
  for (int i = 0; i < 5; ++i) {
    Append(log.get(), 1);
    Read(reader.get());
  }
  EXPECT_EQ(log->first_sequence(), 4U);
  const auto late = log->OpenReader(2, listener_);
  EXPECT_EQ(late.status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(ErrorReason(late.status()), "RESULTS_TRUNCATED");
  EXPECT_EQ(ErrorMetadata(late.status(), "oldest_sequence"), "4");
  EXPECT_TRUE(log->OpenReader(3, listener_).ok());
}

TEST_F(MemoryResultLogTest, RefusesASequenceThatDoesNotExistYet) {
  const auto log = MakeLog(1000);
  Append(log.get(), 2);
  const auto reader = log->OpenReader(3, listener_);
  EXPECT_EQ(ErrorReason(reader.status()), "SEQUENCE_NOT_REACHED");
  EXPECT_EQ(ErrorMetadata(reader.status(), "last_sequence"), "2");
}

TEST_F(MemoryResultLogTest, KeepsWhatTheSlowestReaderHasNotRead) {
  const auto log = MakeLog(20);
  const auto slow = *log->OpenReader(0, listener_);
  const auto fast = *log->OpenReader(0, listener_);
  for (int i = 0; i < 10; ++i) {
    Append(log.get(), 1);
    Read(fast.get());
  }
  EXPECT_EQ(passed_, 0U);
  EXPECT_EQ(Read(slow.get()).size(), 10U);
  EXPECT_EQ(passed_, 100U);
  EXPECT_EQ(log->kept_bytes(), 20U);
}

TEST_F(MemoryResultLogTest, GoesOnWhenTheSlowestReaderLeaves) {
  const auto log = MakeLog(1000);
  auto slow = *log->OpenReader(0, listener_);
  const auto fast = *log->OpenReader(0, listener_);
  Append(log.get(), 4);
  Read(fast.get());
  EXPECT_EQ(passed_, 0U);
  slow.reset();
  EXPECT_EQ(passed_, 40U);
}

TEST_F(MemoryResultLogTest, PassesNothingWhileNobodyReads) {
  const auto log = MakeLog(20);
  auto reader = *log->OpenReader(0, listener_);
  Append(log.get(), 1);
  Read(reader.get());
  reader.reset();
  Append(log.get(), 5);
  EXPECT_EQ(passed_, 10U);
  EXPECT_EQ(Read((*log->OpenReader(1, listener_)).get()).size(), 5U);
}

TEST_F(MemoryResultLogTest, CountsNoByteAsPassedTwice) {
  const auto log = MakeLog(1000);
  const auto first = *log->OpenReader(0, listener_);
  Append(log.get(), 3);
  Read(first.get());
  const auto again = *log->OpenReader(0, listener_);
  Read(again.get());
  EXPECT_EQ(passed_, 30U);
}

TEST_F(MemoryResultLogTest, LimitsAMessageByBytesButGivesAtLeastOneEntry) {
  const auto log = MakeLog(1000);
  std::vector<Entry> entries;
  for (int i = 0; i < 3; ++i) entries.push_back({grpc::Slice(std::string(50, 'x')), 50});
  log->Append(std::move(entries)).Wake();
  const auto reader = *log->OpenReader(0, listener_);
  std::vector<grpc::Slice> out;
  EXPECT_EQ(reader->Read({10, 10}, &out), 1U);
  EXPECT_EQ(reader->Read({10, 100}, &out), 2U);
}

TEST_F(MemoryResultLogTest, ReadsEntriesThatLieBehindOneAnotherAsOneSliceIfTheyAreToBeJoined) {
  const auto log = MakeLog(1000);
  const grpc::Slice block(std::string("the first, the second, and more, to be no short slice"));
  std::vector<Entry> entries;
  entries.push_back({{block, 0, 11}, 10});
  entries.push_back({{block, 11, 23}, 10});
  entries.push_back({{block, 23, 33}, 10, /*alone=*/true});
  entries.push_back({{block, 33, 53}, 10});
  entries.push_back({grpc::Slice("another block"), 10});
  entries.push_back({{block, 0, 11}, 10});
  log->Append(std::move(entries)).Wake();
  const auto read = [&](bool joined) {
    const auto reader = *log->OpenReader(0, listener_);
    std::vector<std::vector<std::string>> reads;
    std::vector<grpc::Slice> slices;
    while (reader->Read({10, 1000, joined}, &slices) > 0) {
      reads.emplace_back();
      for (const grpc::Slice& slice : slices) {
        reads.back().emplace_back(reinterpret_cast<const char*>(slice.begin()), slice.size());
      }
      slices.clear();
    }
    EXPECT_EQ(reader->position(), 6U);
    return reads;
  };
  EXPECT_THAT(read(true),
              ElementsAre(ElementsAre("the first, the second, "), ElementsAre("and more, "),
                          ElementsAre("to be no short slice", "another block", "the first, ")));
  EXPECT_THAT(read(false),
              ElementsAre(ElementsAre("the first, ", "the second, "), ElementsAre("and more, "),
                          ElementsAre("to be no short slice", "another block", "the first, ")));
}

TEST_F(MemoryResultLogTest, ReservesMoreWhileThereIsRoomToSpareAndGivesItBack) {
  const auto log = MakeLog(1000);
  const uint64_t spare = budget_.limit_bytes() / 4;
  EXPECT_FALSE(log->ReserveMore(spare + 1));
  EXPECT_TRUE(log->ReserveMore(spare));
  EXPECT_FALSE(log->ReserveMore(1));
  log->Seal().Wake();
  EXPECT_FALSE(log->ReserveMore(1)) << "sealed";
  EXPECT_TRUE(budget_.ReserveSpare(spare));
  budget_.UnreserveSpare(spare);
}

TEST_F(MemoryResultLogTest, EndsWhenSealedAndRead) {
  const auto log = MakeLog(1000);
  Append(log.get(), 1);
  const auto reader = *log->OpenReader(0, listener_);
  Read(reader.get());
  EXPECT_THAT(Read(reader.get()), ElementsAre());
  EXPECT_FALSE(reader->AtEnd());
  log->Seal().Wake();
  EXPECT_EQ(listener_->woken, 1);
  EXPECT_TRUE(reader->AtEnd());
}

TEST_F(MemoryResultLogTest, KeepsTheLastEntryOfASealedLogWhenOthersNeedRoom) {
  const auto log = MakeLog(1000);
  Append(log.get(), 5);
  log->Seal().Wake();
  log->Trim();
  EXPECT_EQ(log->first_sequence(), 5U);
  EXPECT_THAT(Read((*log->OpenReader(4, listener_)).get()), ElementsAre("5"));
}

TEST_F(MemoryResultLogTest, GivesKeptResultsBackWhenTheBudgetIsUsedUp) {
  const auto log = MakeLog(1000);
  const auto reader = *log->OpenReader(0, listener_);
  Append(log.get(), 50);
  Read(reader.get());
  EXPECT_EQ(log->kept_bytes(), 500U);
  EXPECT_TRUE(budget_.Reserve(700));  // 100 and 700 reserved leave 200
  EXPECT_EQ(log->kept_bytes(), 0U);
  EXPECT_FALSE(budget_.Reserve(300));
  budget_.Unreserve(700);
}

TEST_F(MemoryResultLogTest, LeavesNothingInTheBudget) {
  for (int round = 0; round < 3; ++round) {
    const auto log = MakeLog(1000);
    Append(log.get(), 20);
    if (round == 1) Read((*log->OpenReader(0, listener_)).get());
    if (round == 2) log->Seal().Wake();
  }
  EXPECT_TRUE(budget_.Reserve(1000));
  EXPECT_FALSE(budget_.OverLimit());
}

// Readers come, leave and read at random while results are appended: nobody sees a gap or a
// duplicate.
TEST_F(MemoryResultLogTest, HandsOverFromReplayToLiveWithoutGapOrDuplicate) {
  const auto log = MakeLog(200);
  constexpr uint64_t kLast = 3000;
  std::thread appender([&log] {
    for (uint64_t i = 1; i <= kLast; ++i) Append(log.get(), 1);
    log->Seal().Wake();
  });
  std::vector<std::thread> readers;
  for (unsigned seed = 1; seed <= 4; ++seed) {
    readers.emplace_back([&log, seed] {
      std::mt19937 random(seed);
      const auto listener = std::make_shared<CountingListener>();
      uint64_t next = 0;  // 0: wherever the log begins
      while (next <= kLast) {
        auto reader = next == 0 ? log->OpenReader(std::nullopt, listener)
                                : log->OpenReader(next - 1, listener);
        if (!reader.ok()) {
          ASSERT_EQ(ErrorReason(reader.status()), "RESULTS_TRUNCATED");
          next = 0;
          continue;
        }
        for (int i = 0; i < 20 && !(*reader)->AtEnd(); ++i) {
          for (const std::string& text : Read(reader->get(), 1 + random() % 30)) {
            uint64_t sequence = 0;
            ASSERT_TRUE(absl::SimpleAtoi(text, &sequence));
            if (next != 0) {
              ASSERT_EQ(sequence, next);
            }
            next = sequence + 1;
          }
        }
      }
    });
  }
  appender.join();
  for (std::thread& reader : readers) reader.join();
}

}  // namespace
}  // namespace rsca::journal
