// The server that the soak runs: four pools, each with other settings and with what goes wrong in
// its own way.
#ifndef RSCA_TESTS_SOAK_SOAK_POOLS_H_
#define RSCA_TESTS_SOAK_SOAK_POOLS_H_

#include <array>

#include "absl/strings/string_view.h"
#include "tests/support/config.h"

namespace rsca::soak {

// Stopped by rapid-fail protection when its workers die fast. Has `echo` and `process.exec`, too.
inline constexpr char kPlain[] = "plain";
// Two workers, within memory and descriptors. Has `hogs_memory`, too.
inline constexpr char kPair[] = "pair";
// The old worker ends before the new one starts, and each takes so many calls only. Has
// `aborts_later.now`, too.
inline constexpr char kTurns[] = "turns";
// Its worker is suspended when it is idle. Has `large_responses.run`, too.
inline constexpr char kIdle[] = "idle";

// All four have `POOL.counter` and `POOL.restartable_counter`.
inline constexpr std::array<const char*, 4> kPools = {kPlain, kPair, kTurns, kIdle};

// Workers of a pool that is well.
inline constexpr int WorkersOf(absl::string_view pool) { return pool == kPair ? 2 : 1; }

support::Config SoakConfig();

}  // namespace rsca::soak

#endif  // RSCA_TESTS_SOAK_SOAK_POOLS_H_
