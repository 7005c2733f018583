#include "server/managers/host/metrics_action.h"

#include <gtest/gtest.h>

namespace rsca::managers {
namespace {

TEST(HostMetricsTick, IsAWholeNumberOfIntervalsFromTheStart) {
  const absl::Duration start = absl::Milliseconds(12345);
  const absl::Duration second = absl::Seconds(1);
  EXPECT_EQ(NextTick(start, second, start), start + second);
  EXPECT_EQ(NextTick(start, second, start + absl::Milliseconds(999)), start + second);
  EXPECT_EQ(NextTick(start, second, start + absl::Milliseconds(1003)), start + 2 * second);
}

TEST(HostMetricsTick, SkipsMomentsThatWereOversleptAndStaysInStep) {
  EXPECT_EQ(NextTick(absl::Seconds(5), absl::Milliseconds(100), absl::Milliseconds(5730)),
            absl::Milliseconds(5800));
}

}  // namespace
}  // namespace rsca::managers
