#include "server/actions/credit_account.h"

#include <gtest/gtest.h>

namespace rsca::actions {
namespace {

constexpr uint64_t kLimit = 64 << 10;
constexpr uint64_t kMost = 1 << 20;

class CreditAccountTest : public ::testing::Test {
 protected:
  // A whole limit is reported and passed in so long. By how much the limit should grow then.
  uint64_t PassLimit(absl::Duration in, int readers = 1) {
    now_ += in;
    account_.OnAppended(limit_);
    EXPECT_EQ(account_.OnPassed(limit_), limit_);
    return account_.Outgrown(now_, readers);
  }
  void Grow(uint64_t bytes) {
    account_.Grow(bytes);
    limit_ += bytes;
  }

  absl::Duration now_ = absl::Hours(1);
  uint64_t limit_ = kLimit;
  CreditAccount account_{kLimit};
};

TEST_F(CreditAccountTest, GrantsAQuarterOfTheLimitAtATime) {
  account_.OnAppended(kLimit);
  EXPECT_EQ(account_.OnPassed(kLimit / 4 - 1), 0U);
  EXPECT_EQ(account_.OnPassed(1), kLimit / 4);
  EXPECT_EQ(account_.OnPassed(kLimit / 2), kLimit / 2);
}

TEST_F(CreditAccountTest, DoublesTheLimitOfFastReadersUpToTheMost) {
  EXPECT_EQ(PassLimit(absl::Milliseconds(1)), 0U) << "nothing to compare with yet";
  for (uint64_t limit = kLimit; limit < kMost; limit *= 2) {
    const uint64_t more = PassLimit(absl::Milliseconds(9));
    ASSERT_EQ(more, limit);
    Grow(more);
  }
  EXPECT_EQ(PassLimit(absl::Milliseconds(1)), 0U);
}

TEST_F(CreditAccountTest, KeepsTheLimitOfSlowReaders) {
  for (int i = 0; i < 10; ++i) EXPECT_EQ(PassLimit(absl::Milliseconds(10)), 0U);
}

TEST_F(CreditAccountTest, CountsWhatAllReadersTakeTogether) {
  PassLimit(absl::Milliseconds(1));
  EXPECT_EQ(PassLimit(absl::Milliseconds(900), 90), 0U);
  EXPECT_EQ(PassLimit(absl::Milliseconds(900), 100), kLimit);
}

TEST_F(CreditAccountTest, AsksForNothingBeforeAWholeLimitHasPassed) {
  PassLimit(absl::Milliseconds(1));
  account_.OnAppended(kLimit);
  EXPECT_EQ(account_.OnPassed(kLimit / 2), kLimit / 2);
  EXPECT_EQ(account_.Outgrown(now_, 1), 0U);
}

TEST_F(CreditAccountTest, ANewConversationBeginsWithTheGrownLimitLessWhatIsUnread) {
  PassLimit(absl::Milliseconds(1));
  Grow(PassLimit(absl::Milliseconds(1)));
  account_.OnAppended(100);
  EXPECT_EQ(account_.Restart(), 2 * kLimit - 100);
}

}  // namespace
}  // namespace rsca::actions
