#include "server/worker/dependencies.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rsca::worker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Dependencies, ACycleIsRefusedAndNamed) {
  Dependencies uses;
  EXPECT_THAT(uses.Add(0, 1), IsEmpty());
  EXPECT_THAT(uses.Add(1, 2), IsEmpty());
  EXPECT_THAT(uses.Add(2, 0), ElementsAre(2, 0, 1, 2));
  EXPECT_FALSE(uses.Uses(2, 0));
  EXPECT_THAT(uses.Add(0, 2), IsEmpty());
}

TEST(Dependencies, NobodyUsesItself) {
  Dependencies uses;
  EXPECT_THAT(uses.Add(3, 3), ElementsAre(3, 3));
}

TEST(Dependencies, AUseCountsUntilItWasTakenBackAsOften) {
  Dependencies uses;
  uses.Add(0, 1);
  uses.Add(0, 1);
  uses.Remove(0, 1);
  EXPECT_TRUE(uses.Uses(0, 1));
  uses.Remove(0, 1);
  EXPECT_FALSE(uses.Uses(0, 1));
  EXPECT_THAT(uses.Add(1, 0), IsEmpty());
  uses.Remove(5, 6);
}

TEST(Dependencies, UsersComeBeforeWhatTheyUse) {
  Dependencies uses;
  uses.Add(0, 2);
  uses.Add(3, 2);
  uses.Add(2, 1);
  const std::vector<size_t> order = uses.UsersFirst(5);
  const auto place = [&](size_t node) {
    return std::find(order.begin(), order.end(), node) - order.begin();
  };
  ASSERT_EQ(order.size(), 5u);
  EXPECT_LT(place(0), place(2));
  EXPECT_LT(place(3), place(2));
  EXPECT_LT(place(2), place(1));
}

}  // namespace
}  // namespace rsca::worker
