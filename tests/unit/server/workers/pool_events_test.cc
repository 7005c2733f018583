#include "server/workers/pool_events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "common/status.h"

namespace rsca::workers {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class PoolEventsTest : public ::testing::Test {
 protected:
  void Add(const std::string& detail) {
    PoolEvent event;
    event.pool = "a";
    event.detail = detail;
    events_.Add(std::move(event));
  }

  std::unique_ptr<PoolEvents::Reader> Open(std::optional<uint64_t> after) {
    auto reader = events_.Open(after, [this] { ++wakes_; });
    EXPECT_TRUE(reader.ok()) << reader.status();
    return *std::move(reader);
  }

  static std::vector<std::string> Details(PoolEvents::Reader* reader, size_t max = 100) {
    const auto events = reader->Read(max);
    EXPECT_TRUE(events.ok()) << events.status();
    std::vector<std::string> details;
    for (const PoolEvent& event : *events) details.push_back(event.detail);
    return details;
  }

  PoolEvents events_{3};
  std::atomic<int> wakes_ = 0;
};

TEST_F(PoolEventsTest, AreNumberedFromOneAndReadInOrder) {
  const auto reader = Open(0);
  Add("one");
  Add("two");
  const auto events = reader->Read(10);
  ASSERT_TRUE(events.ok());
  ASSERT_EQ(events->size(), 2U);
  EXPECT_EQ((*events)[0].sequence, 1U);
  EXPECT_EQ((*events)[1].sequence, 2U);
  EXPECT_EQ(events_.last_sequence(), 2U);
}

TEST_F(PoolEventsTest, WakeAReaderThatHasReadAllOnce) {
  const auto reader = Open(std::nullopt);
  EXPECT_THAT(Details(reader.get()), IsEmpty());
  Add("one");
  Add("two");
  EXPECT_EQ(wakes_, 1);
  EXPECT_THAT(Details(reader.get(), 1), ElementsAre("one"));
  EXPECT_THAT(Details(reader.get()), ElementsAre("two"));
  Add("three");
  EXPECT_EQ(wakes_, 1) << "it has not read to the end since";
}

TEST_F(PoolEventsTest, AreReadFromNowOnWithoutASequence) {
  Add("before");
  const auto reader = Open(std::nullopt);
  Add("after");
  EXPECT_THAT(Details(reader.get()), ElementsAre("after"));
}

TEST_F(PoolEventsTest, TellAReaderThatCameLateWhereTheyBegin) {
  for (const char* detail : {"one", "two", "three", "four"}) Add(detail);
  const auto late = events_.Open(0, [] {});
  EXPECT_EQ(late.status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(ErrorReason(late.status()), "EVENTS_TRUNCATED");
  EXPECT_EQ(ErrorMetadata(late.status(), "oldest_sequence"), "2");
  EXPECT_THAT(Details(Open(1).get()), ElementsAre("two", "three", "four"));
}

TEST_F(PoolEventsTest, TellASlowReaderThatItMissedSome) {
  const auto reader = Open(0);
  for (const char* detail : {"one", "two", "three", "four"}) Add(detail);
  EXPECT_EQ(ErrorReason(reader->Read(1).status()), "EVENTS_TRUNCATED");
}

TEST_F(PoolEventsTest, RefuseASequenceThatDoesNotExistYet) {
  Add("one");
  const auto reader = events_.Open(2, [] {});
  EXPECT_EQ(ErrorReason(reader.status()), "SEQUENCE_NOT_REACHED");
  EXPECT_EQ(ErrorMetadata(reader.status(), "last_sequence"), "1");
  EXPECT_THAT(Details(Open(1).get()), IsEmpty());
}

TEST_F(PoolEventsTest, WakeNobodyWhoHasGone) {
  auto reader = Open(std::nullopt);
  EXPECT_THAT(Details(reader.get()), IsEmpty());
  reader = nullptr;
  Add("one");
  EXPECT_EQ(wakes_, 0);
}

TEST(PoolEvents, LoseNoneWhenManyThreadsAdd) {
  PoolEvents events(1000);
  const auto reader = *events.Open(0, [] {});
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&events] {
      for (int j = 0; j < 100; ++j) events.Add({});
    });
  }
  uint64_t last = 0;
  while (last < 400) {
    const auto read = reader->Read(7);
    ASSERT_TRUE(read.ok());
    for (const PoolEvent& event : *read) ASSERT_EQ(event.sequence, ++last);
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace rsca::workers
