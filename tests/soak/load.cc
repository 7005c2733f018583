#include "tests/soak/load.h"

#include "absl/time/clock.h"
#include "tests/support/eventually.h"

namespace rsca::soak {
namespace {

// Most of them wait most of the time: two processors are enough.
constexpr int kThreads = 32;

}  // namespace

Load::Load(World* world, std::uint64_t seed) : world_(world), running_(kThreads) {
  Random seeds(seed);
  for (int i = 0; i < kThreads; ++i) {
    threads_.emplace_back([this, of_thread = seeds()] { Run(of_thread); });
  }
}

Load::~Load() {
  for (std::thread& thread : threads_) thread.join();
}

bool Load::WaitUntilQuiet(absl::Duration bound) const {
  return support::Eventually([this] { return running_ == 0; }, absl::ToChronoMilliseconds(bound));
}

void Load::Run(std::uint64_t seed) {
  Random random(seed);
  while (!stopping_) {
    Life(world_, random()).Live();
    absl::SleepFor(absl::Milliseconds(Pick(&random, 0, 100)));
  }
  --running_;
}

}  // namespace rsca::soak
