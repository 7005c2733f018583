#include <gtest/gtest.h>
#include <rsca/wpf_ptr.h>

#include <type_traits>
#include <utility>

namespace {

// Counts what is done to it, and notes its end.
class Counted final : public IHealthStatusCallback {
 public:
  explicit Counted(bool* dead) : dead_(dead) {}
  ULONG AddRef() override { return ++references_; }
  ULONG Release() override {
    const ULONG left = --references_;
    if (left == 0) delete this;
    return left;
  }
  HRESULT ReportHealth(BOOL fHealthy) override { return fHealthy ? S_OK : S_FALSE; }
  ULONG references() const { return references_; }

 private:
  ~Counted() { *dead_ = true; }
  bool* const dead_;
  ULONG references_ = 1;
};

class WpfPtrTest : public ::testing::Test {
 protected:
  bool dead_ = false;
  Counted* const object_ = new Counted(&dead_);
};

TEST_F(WpfPtrTest, AdoptTakesTheReferenceThatTheCallerOwned) {
  {
    const auto pointer = WpfPtr<Counted>::Adopt(object_);
    EXPECT_EQ(object_->references(), 1U);
    EXPECT_EQ(pointer.Get(), object_);
    EXPECT_EQ(pointer->ReportHealth(TRUE), S_OK);
    EXPECT_EQ((*pointer).ReportHealth(FALSE), S_FALSE);
  }
  EXPECT_TRUE(dead_);
}

TEST_F(WpfPtrTest, ShareAddsAReferenceAndGivesItBack) {
  {
    const auto pointer = WpfPtr<Counted>::Share(object_);
    EXPECT_EQ(object_->references(), 2U);
  }
  EXPECT_FALSE(dead_);
  EXPECT_EQ(object_->Release(), 0U);
  EXPECT_TRUE(dead_);
}

TEST_F(WpfPtrTest, CopiesShareAndMovesHandOver) {
  auto first = WpfPtr<Counted>::Adopt(object_);
  WpfPtr<Counted> copy = first;
  EXPECT_EQ(object_->references(), 2U);
  const WpfPtr<Counted> moved = std::move(first);
  EXPECT_EQ(object_->references(), 2U);
  EXPECT_FALSE(first);  // NOLINT(bugprone-use-after-move): that it is empty is the promise
  EXPECT_EQ(moved.Get(), copy.Get());
  copy = nullptr;
  EXPECT_EQ(object_->references(), 1U);
  EXPECT_FALSE(dead_);
}

TEST_F(WpfPtrTest, AssignmentDropsWhatWasHeldAndSurvivesItself) {
  auto pointer = WpfPtr<Counted>::Adopt(object_);
  WpfPtr<Counted>& same = pointer;
  pointer = same;
  EXPECT_FALSE(dead_);
  EXPECT_EQ(object_->references(), 1U);
  bool other_dead = false;
  pointer = WpfPtr<Counted>::Adopt(new Counted(&other_dead));
  EXPECT_TRUE(dead_);
  EXPECT_FALSE(other_dead);
  pointer = WpfPtr<Counted>();
  EXPECT_TRUE(other_dead);
}

TEST_F(WpfPtrTest, DetachGivesTheReferenceAway) {
  auto pointer = WpfPtr<Counted>::Adopt(object_);
  EXPECT_EQ(pointer.Detach(), object_);
  EXPECT_FALSE(pointer);
  EXPECT_EQ(object_->references(), 1U);
  EXPECT_EQ(object_->Release(), 0U);
}

TEST_F(WpfPtrTest, PutIsAnOutParameterThatDropsTheOldObject) {
  const auto make = [](bool* dead, Counted** out) { *out = new Counted(dead); };
  auto pointer = WpfPtr<Counted>::Adopt(object_);
  bool other_dead = false;
  make(&other_dead, pointer.Put());
  EXPECT_TRUE(dead_);
  ASSERT_TRUE(pointer);
  const auto refuse = [](PVOID* out) { *out = nullptr; };
  refuse(pointer.PutVoid());
  EXPECT_TRUE(other_dead);
  EXPECT_FALSE(pointer);
}

TEST_F(WpfPtrTest, NullIsAValueThatNeedsNoObject) {
  const WpfPtr<Counted> null = nullptr;
  const auto shared = WpfPtr<Counted>::Share(nullptr);
  WpfPtr<Counted> copy;
  copy = shared;
  EXPECT_FALSE(null);
  EXPECT_FALSE(shared);
  EXPECT_EQ(copy.Get(), nullptr);
  static_assert(sizeof(WpfPtr<Counted>) == sizeof(void*));
  static_assert(std::is_nothrow_move_constructible_v<WpfPtr<Counted>>);
  EXPECT_EQ(object_->Release(), 0U);
}

}  // namespace
