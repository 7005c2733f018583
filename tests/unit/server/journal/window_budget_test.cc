#include "server/journal/window_budget.h"

#include <gtest/gtest.h>

namespace rsca::journal {
namespace {

class TrimmedWindow : public Trimmable {
 public:
  TrimmedWindow(WindowBudget* budget, int64_t kept) : budget_(budget), kept_(kept) {
    budget_->AddKept(kept_);
    budget_->Add(this);
  }
  ~TrimmedWindow() override { budget_->Remove(this); }

  void Trim() override {
    budget_->AddKept(-kept_);
    kept_ = 0;
  }
  int64_t kept() const { return kept_; }

 private:
  WindowBudget* const budget_;
  int64_t kept_;
};

TEST(WindowBudget, RefusesAReservationThatDoesNotFit) {
  WindowBudget budget(100);
  EXPECT_TRUE(budget.Reserve(60));
  EXPECT_FALSE(budget.Reserve(60));
  budget.Unreserve(60);
  EXPECT_TRUE(budget.Reserve(100));
}

TEST(WindowBudget, LeavesRoomForOthersWhateverIsSpared) {
  WindowBudget budget(100);
  EXPECT_TRUE(budget.Reserve(10));
  EXPECT_TRUE(budget.ReserveSpare(25));
  EXPECT_FALSE(budget.ReserveSpare(1));
  EXPECT_TRUE(budget.Reserve(65));
  EXPECT_FALSE(budget.Reserve(1));
  budget.UnreserveSpare(25);
  EXPECT_TRUE(budget.Reserve(20));
  EXPECT_TRUE(budget.ReserveSpare(5));
  EXPECT_FALSE(budget.ReserveSpare(1)) << "it is all reserved";
}

TEST(WindowBudget, TrimsWindowsForWhatIsSpared) {
  WindowBudget budget(100);
  TrimmedWindow window(&budget, 90);
  EXPECT_TRUE(budget.ReserveSpare(20));
  EXPECT_EQ(window.kept(), 0);
}

TEST(WindowReservation, GivesAllOfItBackOnce) {
  WindowBudget budget(100);
  EXPECT_TRUE(budget.Reserve(50));
  {
    WindowReservation reservation(&budget, 50);
    EXPECT_TRUE(budget.ReserveSpare(20));
    EXPECT_TRUE(reservation.Grow(20));
    EXPECT_FALSE(budget.Reserve(31));
    reservation.Release();
    EXPECT_TRUE(budget.ReserveSpare(25));
    EXPECT_FALSE(reservation.Grow(25)) << "too late; given back";
  }
  EXPECT_TRUE(budget.Reserve(100));
}

TEST(WindowBudget, TrimsWindowsThatKeepMoreThanReservationsLeave) {
  WindowBudget budget(100);
  TrimmedWindow window(&budget, 50);
  EXPECT_TRUE(budget.Reserve(50));
  EXPECT_EQ(window.kept(), 50);
  EXPECT_TRUE(budget.Reserve(10));
  EXPECT_EQ(window.kept(), 0);
  EXPECT_FALSE(budget.OverLimit());
}

TEST(WindowBudget, IsOverLimitOnlyByWhatIsKept) {
  WindowBudget budget(100);
  EXPECT_TRUE(budget.Reserve(100));
  EXPECT_FALSE(budget.OverLimit());
  budget.AddKept(1);
  EXPECT_TRUE(budget.OverLimit());
  budget.AddKept(-1);
  EXPECT_FALSE(budget.OverLimit());
}

}  // namespace
}  // namespace rsca::journal
