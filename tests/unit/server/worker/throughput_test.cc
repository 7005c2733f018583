// How many results a second pass from a plug-in through the link to a server that only counts
// them. Prints the figure; asserts only that nothing was lost.
#include <chrono>
#include <cstdio>

#include "tests/support/eventually.h"
#include "tests/unit/server/worker/worker_fixture.h"

namespace rsca::worker {
namespace {

TEST_F(WorkerFixture, ThroughputToASinkLosesNothing) {
  constexpr uint64_t kResults = 200'000;
  KeepCallbacks();
  AddPuppet();
  StartWorker();
  server_.BecomeSink();
  server_.Start(1, "many", "", uint64_t{1} << 20);
  const Callback callback = WaitCallback();
  std::string response(64, 'x');
  const auto begin = std::chrono::steady_clock::now();
  for (uint64_t i = 0; i < kResults; ++i) {
    ASSERT_EQ(callback->ReportResult(S_OK, i + 1 == kResults ? TRUE : FALSE,
                                     reinterpret_cast<PBYTE>(response.data()),
                                     static_cast<DWORD>(response.size())),
              S_OK);
  }
  server_.WaitEnd(1);
  const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin;
  EXPECT_TRUE(support::Eventually([&] { return server_.sunk() == kResults; }));
  std::printf("%.0f results of 64 bytes a second\n", static_cast<double>(kResults) / time.count());
}

}  // namespace
}  // namespace rsca::worker
