#include "server/observability/health.h"

#include <gtest/gtest.h>

namespace rsca::observability {
namespace {

TEST(Health, KnowsTheWholeAndWhatIsSet) {
  Health health;
  EXPECT_EQ(health.Now(""), true);
  EXPECT_EQ(health.Now("rsca.v1.CustomActions"), true);
  EXPECT_EQ(health.Now("journal"), std::nullopt);
  health.SetJournal(false);
  health.SetPool("one", true);
  EXPECT_EQ(health.Now("journal"), false);
  EXPECT_EQ(health.Now("pool/one"), true);
}

TEST(Health, OfAServerThatDrainsIsNotServingForGood) {
  Health health;
  health.SetPool("one", true);
  health.Drain();
  health.SetPool("one", true);
  health.SetPool("two", true);
  for (const char* service : {"", "rsca.v1.CustomActions", "pool/one", "pool/two"}) {
    EXPECT_EQ(health.Now(service), false) << service;
  }
  EXPECT_EQ(health.Now("journal"), std::nullopt);
}

TEST(Health, WakesAReaderOnceUnlessItIsForgotten) {
  Health health;
  int first = 0;
  int second = 0;
  const auto wait = [&health](int* woken) {
    return health.NowAndThen("journal", woken, [woken] { ++*woken; });
  };
  EXPECT_EQ(wait(&first), std::nullopt);
  wait(&second);
  health.Forget(&second);
  health.SetJournal(true);
  health.SetJournal(false);
  EXPECT_EQ(first, 1);
  EXPECT_EQ(second, 0);
  EXPECT_EQ(wait(&first), false);
  health.Drain();
  EXPECT_EQ(first, 2);
}

}  // namespace
}  // namespace rsca::observability
