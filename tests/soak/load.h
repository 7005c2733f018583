// Many lives at once, one after the other on each thread.
#ifndef RSCA_TESTS_SOAK_LOAD_H_
#define RSCA_TESTS_SOAK_LOAD_H_

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "tests/soak/life.h"

namespace rsca::soak {

class Load {
 public:
  Load(World* world, std::uint64_t seed);

  // After it is quiet only.
  ~Load();
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  // No life begins any more.
  void Stop() { stopping_ = true; }

  // After Stop: waits for the end of the last life; false if it does not come.
  bool WaitUntilQuiet(absl::Duration bound) const;

 private:
  void Run(std::uint64_t seed);

  World* const world_;
  std::atomic<bool> stopping_{false};
  std::atomic<int> running_;
  std::vector<std::thread> threads_;
};

}  // namespace rsca::soak

#endif  // RSCA_TESTS_SOAK_LOAD_H_
