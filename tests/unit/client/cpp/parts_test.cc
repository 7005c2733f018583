// The small parts that streams are made of.
#include <gmock/gmock.h>
#include <grpcpp/client_context.h>
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <thread>

#include "client/cpp/backoff.h"
#include "client/cpp/cancel_state.h"
#include "client/cpp/loss.h"
#include "client/cpp/request_id.h"
#include "client/cpp/silence_watch.h"
#include "common/status.h"
#include "tests/support/fake_timers.h"

namespace rsca::client::internal {
namespace {

using ::testing::MatchesRegex;

constexpr absl::Duration kInterval = absl::Seconds(15);

class SilenceWatchTest : public ::testing::Test {
 protected:
  FakeTimers timers_;
  int gave_up_ = 0;
  std::shared_ptr<SilenceWatch> watch_ =
      SilenceWatch::Start(&timers_, kInterval, [this] { ++gave_up_; });
};

TEST_F(SilenceWatchTest, GivesUpOnceAfterThreeWholeIntervals) {
  watch_->BeginRead();
  timers_.Advance(3 * kInterval);
  EXPECT_EQ(gave_up_, 0);
  timers_.Advance(kInterval);
  EXPECT_EQ(gave_up_, 1);
  EXPECT_TRUE(watch_->gave_up());
  timers_.Advance(10 * kInterval);
  EXPECT_EQ(gave_up_, 1);
}

TEST_F(SilenceWatchTest, BeginsAnewWithEveryRead) {
  for (int i = 0; i < 10; ++i) {
    watch_->BeginRead();
    timers_.Advance(3 * kInterval);
    watch_->EndRead();
  }
  EXPECT_EQ(gave_up_, 0);
}

TEST_F(SilenceWatchTest, DoesNotCountWhileTheProgramDoesNotRead) {
  watch_->BeginRead();
  watch_->EndRead();
  timers_.Advance(100 * kInterval);
  EXPECT_EQ(gave_up_, 0);
}

TEST_F(SilenceWatchTest, LeavesNoTimerBehind) {
  watch_->BeginRead();
  watch_.reset();
  timers_.Advance(10 * kInterval);
  EXPECT_EQ(gave_up_, 0);
  EXPECT_EQ(timers_.pending(), 0u);
}

TEST(Backoff, DoublesUpToItsLimitLessAtMostHalf) {
  Backoff backoff(absl::Milliseconds(100), absl::Milliseconds(300));
  for (const int limit : {100, 200, 300, 300}) {
    const absl::Duration pause = backoff.Next();
    EXPECT_GE(pause, absl::Milliseconds(limit) / 2);
    EXPECT_LE(pause, absl::Milliseconds(limit));
  }
  backoff.Reset();
  EXPECT_LE(backoff.Next(), absl::Milliseconds(100));
}

TEST(RequestId, IsARandomUuid) {
  std::set<std::string> ids;
  for (int i = 0; i < 100; ++i) {
    const std::string id = MakeRequestId();
    EXPECT_THAT(id, MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-"
                                 "[0-9a-f]{12}"));
    ids.insert(id);
  }
  EXPECT_EQ(ids.size(), 100u);
}

TEST(CancelState, ReachesEverythingBelowIt) {
  Cancellation cancellation;
  const CancelState early(cancellation);
  const CancelState bystander{Cancellation()};
  cancellation.Cancel();
  const CancelState late(cancellation);
  EXPECT_TRUE(early.cancelled());
  EXPECT_TRUE(late.cancelled());
  EXPECT_FALSE(bystander.cancelled());
}

TEST(CancelState, OfOneStreamLeavesTheOthersAlone) {
  Cancellation cancellation;
  CancelState one(cancellation);
  const CancelState other(cancellation);
  one.Cancel();
  EXPECT_FALSE(other.cancelled());
  EXPECT_FALSE(cancellation.cancelled());
}

TEST(CancelState, EndsASleep) {
  CancelState state;
  std::thread other([&state] { state.Cancel(); });
  EXPECT_FALSE(state.Sleep(absl::Hours(1)));
  other.join();
  EXPECT_TRUE(CancelState().Sleep(absl::Milliseconds(1)));
}

TEST(Loss, SaysTheRangeThatRetentionHasDropped) {
  const absl::Status refusal = MakeError(absl::StatusCode::kOutOfRange, "RESULTS_TRUNCATED", "gone",
                                         {{"oldest_sequence", "10"}});
  const absl::Status loss = ExplainRefusedRejoin(refusal, 3);
  EXPECT_EQ(loss.code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(GetLostResults(loss)->first, 4u);
  EXPECT_EQ(GetLostResults(loss)->last, 9u);
}

TEST(Loss, LeavesTheEndOpenWhereItIsNotKnown) {
  const absl::Status refusal =
      MakeError(absl::StatusCode::kOutOfRange, "SEQUENCE_NOT_REACHED", "not yet");
  const absl::Status loss = ExplainRefusedRejoin(refusal, 3);
  EXPECT_EQ(ErrorReason(loss), "SEQUENCE_NOT_REACHED");
  EXPECT_EQ(GetLostResults(loss)->first, 4u);
  EXPECT_FALSE(GetLostResults(loss)->last.has_value());
}

TEST(Loss, IsNotWhatAMissingPermissionMeans) {
  const absl::Status refusal(absl::StatusCode::kPermissionDenied, "no");
  EXPECT_EQ(ExplainRefusedRejoin(refusal, 3), refusal);
  EXPECT_FALSE(GetLostResults(refusal).has_value());
}

}  // namespace
}  // namespace rsca::client::internal
