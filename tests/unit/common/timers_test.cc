#include "common/timers.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <vector>

#include "absl/time/clock.h"
#include "tests/support/fake_timers.h"

namespace rsca {
namespace {

// A notification that TSan sees through.
class Event {
 public:
  void Set() {
    MutexLock lock(&mutex_);
    set_ = true;
    changed_.NotifyAll();
  }
  void Wait() {
    MutexLock lock(&mutex_);
    while (!set_) changed_.Wait(&mutex_);
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  bool set_ ABSL_GUARDED_BY(mutex_) = false;
};

TEST(ThreadTimers, GoOffInTheOrderInWhichTheyAreDue) {
  std::vector<int> order;  // written by the timers' thread alone, until `done`
  Event done;
  Event all_set;
  ThreadTimers timers;
  // Nothing goes off before all are set: the first action holds the thread.
  timers.After(absl::ZeroDuration(), [&] { all_set.Wait(); });
  timers.After(absl::Milliseconds(30), [&] {
    order.push_back(3);
    done.Set();
  });
  timers.After(absl::Milliseconds(10), [&] { order.push_back(1); });
  timers.After(absl::Milliseconds(20), [&] { order.push_back(2); });
  all_set.Set();
  done.Wait();
  EXPECT_EQ(order, (std::vector<int>{1, 2, 3}));
}

TEST(ThreadTimers, NeverGoOffEarlyOrForNegativeDelaysLate) {
  Event done;
  absl::Duration went_off;
  ThreadTimers timers;
  const absl::Duration set = timers.Now();
  timers.After(absl::Milliseconds(20), [&] {
    went_off = timers.Now();
    done.Set();
  });
  done.Wait();
  EXPECT_GE(went_off, set + absl::Milliseconds(20));
  Event at_once;
  timers.After(-absl::Hours(1), [&] { at_once.Set(); });
  at_once.Wait();
}

TEST(ThreadTimers, AnEarlierOneOvertakesALongWait) {
  Event done;
  ThreadTimers timers;
  timers.After(absl::Hours(10), [] { FAIL() << "too early by hours"; });
  timers.After(absl::InfiniteDuration(), [] { FAIL() << "never"; });
  timers.After(absl::ZeroDuration(), [&] { done.Set(); });
  done.Wait();
}

TEST(ThreadTimers, OneThatIsCancelledNeverGoesOff) {
  std::atomic<bool> went_off{false};
  Event hold;
  Event done;
  ThreadTimers timers;
  timers.After(absl::ZeroDuration(), [&] { hold.Wait(); });
  const Timers::Id id = timers.After(absl::Milliseconds(1), [&] { went_off = true; });
  EXPECT_NE(id, 0U);
  timers.After(absl::Milliseconds(2), [&] { done.Set(); });
  timers.Cancel(id);
  timers.Cancel(id);  // twice is like once
  timers.Cancel(0);
  timers.Cancel(999'999);
  hold.Set();
  done.Wait();
  EXPECT_FALSE(went_off);
}

TEST(ThreadTimers, CancelDropsWhatTheActionHolds) {
  auto held = std::make_shared<int>(7);
  std::weak_ptr<int> watch = held;
  ThreadTimers timers;
  const Timers::Id id = timers.After(absl::Hours(1), [held] { FAIL(); });
  held.reset();
  EXPECT_FALSE(watch.expired());
  timers.Cancel(id);
  EXPECT_TRUE(watch.expired());
}

TEST(ThreadTimers, AnActionMaySetAndCancelTimers) {
  Event done;
  ThreadTimers timers;
  timers.After(absl::ZeroDuration(), [&] {
    const Timers::Id id = timers.After(absl::Hours(1), [] { FAIL(); });
    timers.Cancel(id);
    timers.After(absl::ZeroDuration(), [&] { done.Set(); });
  });
  done.Wait();
}

TEST(ThreadTimers, DestructionDropsThoseThatAreLeftAndWaitsForTheOneThatRuns) {
  auto held = std::make_shared<int>(7);
  std::weak_ptr<int> watch = held;
  std::atomic<bool> finished{false};
  Event running;
  {
    ThreadTimers timers;
    timers.After(absl::Hours(1), [held] { FAIL(); });
    held.reset();
    timers.After(absl::ZeroDuration(), [&] {
      running.Set();
      absl::SleepFor(absl::Milliseconds(20));  // so that a destructor that does not wait is seen
      finished = true;
    });
    running.Wait();
  }
  EXPECT_TRUE(finished);
  EXPECT_TRUE(watch.expired());
}

TEST(ThreadTimers, CanBeDestroyedAtOnce) {
  for (int i = 0; i < 100; ++i) ThreadTimers timers;
}

TEST(FakeTimers, MoveOnlyWhenToldAndPassEveryTimerOnTheWay) {
  FakeTimers timers;
  std::vector<absl::Duration> seen;
  const auto note = [&] { seen.push_back(timers.Now()); };
  timers.After(absl::Seconds(5), note);
  timers.After(absl::Seconds(1), [&] {
    note();
    timers.After(absl::Seconds(1), note);
  });
  const Timers::Id cancelled = timers.After(absl::Seconds(2), [] { FAIL(); });
  timers.Cancel(cancelled);
  EXPECT_TRUE(seen.empty());
  timers.Advance(absl::Seconds(4));
  EXPECT_EQ(seen, (std::vector<absl::Duration>{absl::Seconds(1), absl::Seconds(2)}));
  EXPECT_EQ(timers.pending(), 1U);
  timers.Advance(absl::Seconds(1));
  EXPECT_EQ(seen.back(), absl::Seconds(5));
}

}  // namespace
}  // namespace rsca
