#include "server/managers/syslog/follower_queue.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>

#include "server/managers/syslog/steady_now.h"

namespace rsca::managers::syslog {
namespace {

class FollowerQueueTest : public testing::Test {
 protected:
  FollowerQueueTest() : holds_([this] { ++released_; }) {}

  // Four messages; `hold` has to end by what HoldsFor is told.
  std::unique_ptr<FollowerQueue> Queue() {
    Failure failure{S_OK, ""};
    return std::make_unique<FollowerQueue>(
        Filter::Make(nlohmann::json::object(), &failure),
        QueueLimits{.messages = 4, .bytes = 1 << 20, .hold = absl::Hours(1)}, &holds_);
  }

  std::shared_ptr<const Record> Make(uint64_t number) {
    auto record = std::make_shared<Record>();
    record->number = number;
    record->counters = counters_;
    return record;
  }

  void Offer(FollowerQueue* queue, uint64_t first, uint64_t last) {
    for (uint64_t number = first; number <= last; ++number) queue->Offer(Make(number));
  }

  // What is in it: `3` for a message, `kernel:2`, `full:3(7-9)` for gaps.
  static std::string Contents(FollowerQueue* queue) {
    queue->Close();
    std::string contents;
    while (const auto entry = queue->Next()) {
      if (!contents.empty()) contents += " ";
      if (entry->record != nullptr) {
        contents += std::to_string(entry->record->number);
      } else if (entry->gap->reason == Gap::Reason::kKernel) {
        contents += "kernel:" + std::to_string(entry->gap->count);
      } else {
        contents += "full:" + std::to_string(entry->gap->count) + "(" +
                    std::to_string(entry->gap->first) + "-" + std::to_string(entry->gap->last) +
                    ")";
      }
    }
    return contents;
  }

  int released_ = 0;
  Holds holds_;
  const std::shared_ptr<Counters> counters_ = std::make_shared<Counters>();
};

TEST_F(FollowerQueueTest, HoldsChannelsWhenFullUntilHalfOfItIsFree) {
  const auto queue = Queue();
  Offer(queue.get(), 1, 3);
  EXPECT_FALSE(holds_.any());
  Offer(queue.get(), 4, 4);
  EXPECT_TRUE(holds_.any());
  EXPECT_GT(queue->HoldsFor(SteadyNow()), absl::ZeroDuration());
  queue->Next();
  EXPECT_TRUE(holds_.any());
  queue->Next();
  EXPECT_FALSE(holds_.any());
  EXPECT_EQ(released_, 1);
  EXPECT_EQ(Contents(queue.get()), "3 4");
}

TEST_F(FollowerQueueTest, LagsWhenItsTimeIsUpAndSaysWhatIsMissingInItsPlace) {
  const auto queue = Queue();
  Offer(queue.get(), 1, 4);
  EXPECT_EQ(queue->HoldsFor(SteadyNow() + absl::Hours(2)), absl::ZeroDuration());
  EXPECT_FALSE(holds_.any());
  EXPECT_TRUE(queue->state().lagging);
  Offer(queue.get(), 5, 7);
  queue->Next();
  queue->Next();
  Offer(queue.get(), 8, 10);  // room for one
  EXPECT_FALSE(holds_.any()) << "it holds nobody before it has caught up";
  EXPECT_EQ(queue->state().dropped, 5u);
  EXPECT_EQ(counters_->dropped_for_followers, 5u);
  EXPECT_TRUE(queue->state().lagging);
  EXPECT_EQ(Contents(queue.get()), "3 4 full:3(5-7) 8 full:2(9-10)");
}

TEST_F(FollowerQueueTest, HoldsAgainAfterItHasCaughtUp) {
  const auto queue = Queue();
  Offer(queue.get(), 1, 4);
  queue->HoldsFor(SteadyNow() + absl::Hours(2));
  queue->Next();
  queue->Next();
  EXPECT_FALSE(queue->state().lagging);
  Offer(queue.get(), 5, 6);
  EXPECT_TRUE(holds_.any());
  queue->Close();
  EXPECT_FALSE(holds_.any()) << "a follower that is gone holds nobody";
}

TEST_F(FollowerQueueTest, JoinsGapsAtOnePlaceByReasonAndChannel) {
  const auto queue = Queue();
  queue->OfferKernelGap(1, 2);
  queue->OfferKernelGap(1, 3);
  Offer(queue.get(), 1, 1);
  queue->OfferKernelGap(1, 4);
  queue->OfferKernelGap(2, 5);
  queue->OfferKernelGap(1, 6);
  EXPECT_EQ(Contents(queue.get()), "kernel:5 1 kernel:10 kernel:5");
}

TEST_F(FollowerQueueTest, DoesNotCountTheBufferedMessagesItBeginsWith) {
  const auto queue = Queue();
  for (uint64_t number = 1; number <= 9; ++number) queue->AddBuffered(Make(number));
  Offer(queue.get(), 10, 12);
  EXPECT_FALSE(holds_.any());
  Offer(queue.get(), 13, 13);
  EXPECT_TRUE(holds_.any());
  for (int i = 0; i < 9; ++i) queue->Next();
  EXPECT_TRUE(holds_.any());
  EXPECT_EQ(Contents(queue.get()), "10 11 12 13");
}

TEST_F(FollowerQueueTest, IsBoundInBytesToo) {
  Failure failure{S_OK, ""};
  FollowerQueue queue(Filter::Make(nlohmann::json::object(), &failure),
                      QueueLimits{.messages = 100, .bytes = 10'000, .hold = absl::Hours(1)},
                      &holds_);
  auto large = std::make_shared<Record>();
  large->number = 1;
  large->counters = counters_;
  large->json.assign(6'000, 'x');
  queue.Offer(large);
  EXPECT_TRUE(holds_.any());
  queue.Offer(Make(2));
  EXPECT_EQ(Contents(&queue), "1 full:1(2-2)");
}

TEST_F(FollowerQueueTest, TakesNothingOnceClosedAndWakesItsReader) {
  const auto queue = Queue();
  std::thread reader([&] { EXPECT_FALSE(queue->Next()); });
  queue->Close();
  reader.join();
  Offer(queue.get(), 1, 9);
  queue->OfferKernelGap(1, 1);
  EXPECT_EQ(Contents(queue.get()), "");
  EXPECT_EQ(counters_->dropped_for_followers, 0u);
}

}  // namespace
}  // namespace rsca::managers::syslog
