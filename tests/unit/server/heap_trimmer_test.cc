#include "server/heap_trimmer.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/fake_timers.h"
#include "tests/support/proc.h"

namespace rsca::server {
namespace {

constexpr size_t kPieceBytes = 40'000;
constexpr size_t kPieces = 5'000;
constexpr size_t kBytes = kPieceBytes * kPieces;

size_t Resident() { return support::ResidentBytes(getpid()); }

// The last of many pieces: it lies behind those that were freed, so that the allocator keeps them.
std::string TakeAndFree() {
  std::vector<std::string> pieces;
  for (size_t i = 0; i < kPieces; ++i) pieces.emplace_back(kPieceBytes, 'x');
  return std::move(pieces.back());
}

TEST(HeapTrimmer, GivesBackWhatABurstHasTaken) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "the sanitizer's allocator is another";
#endif
  FakeTimers timers;
  const auto trimmer = std::make_shared<HeapTrimmer>(&timers);
  trimmer->Start();
  const size_t before = Resident();
  for (int burst = 0; burst < 3; ++burst) {
    const std::string behind = TakeAndFree();
    ASSERT_GT(Resident(), before + kBytes / 2) << "or there is nothing to give back";
    timers.Advance(HeapTrimmer::kLookEvery);
    EXPECT_LT(Resident(), before + kBytes / 4) << "burst " << burst;
  }
}

TEST(HeapTrimmer, LooksNoMoreWhenItIsGone) {
  FakeTimers timers;
  auto trimmer = std::make_shared<HeapTrimmer>(&timers);
  trimmer->Start();
  trimmer = nullptr;
  timers.Advance(HeapTrimmer::kLookEvery);
}

}  // namespace
}  // namespace rsca::server
