#include "server/delivery/pump.h"

#include <gtest/gtest.h>

#include <future>

#include "tests/support/fake_timers.h"

namespace rsca::delivery {
namespace {

class Counted : public Pumped {
 public:
  explicit Counted(int until) : until_(until) {}
  void Advance() override {
    thread_ = std::this_thread::get_id();
    if (++count_ == until_) done_.set_value();
  }
  void Wait() { done_.get_future().wait(); }
  std::thread::id thread() const { return thread_; }

 private:
  const int until_;
  int count_ = 0;
  std::thread::id thread_;
  std::promise<void> done_;
};

TEST(Pump, AdvancesOnceForEachCallOnAThreadOfItsOwn) {
  const auto counted = std::make_shared<Counted>(1000);
  FakeTimers timers;
  Pump pump(&timers);
  for (int i = 0; i < 1000; ++i) pump.Ready(counted);
  counted->Wait();
  EXPECT_NE(counted->thread(), std::this_thread::get_id());
}

TEST(Pump, AdvancesTheFirstAfterAPauseAtOnceAndTheNextOnItsThread) {
  FakeTimers timers;
  Pump pump(&timers);
  for (int i = 0; i < 3; ++i) {
    timers.Advance(absl::Seconds(1));
    const auto first = std::make_shared<Counted>(1);
    pump.Ready(first);
    EXPECT_EQ(first->thread(), std::this_thread::get_id());
  }
  const auto next = std::make_shared<Counted>(1);
  pump.Ready(next);
  next->Wait();
  EXPECT_NE(next->thread(), std::this_thread::get_id());
}

TEST(Pump, LetsGoOfWhatItHasAdvanced) {
  const auto counted = std::make_shared<Counted>(1);
  {
    FakeTimers timers;
    Pump pump(&timers);
    pump.Ready(counted);
    counted->Wait();
  }
  EXPECT_EQ(counted.use_count(), 1);
}

}  // namespace
}  // namespace rsca::delivery
