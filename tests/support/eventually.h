// Waiting for something that another process does.
#ifndef RSCA_TESTS_SUPPORT_EVENTUALLY_H_
#define RSCA_TESTS_SUPPORT_EVENTUALLY_H_

#include <chrono>
#include <functional>
#include <thread>

namespace rsca::support {

// How long a test waits for what must happen before it fails. Generous: a loaded machine with
// sanitizers is slow, and a test that passes never waits so long.
inline constexpr std::chrono::seconds kFailureBound{60};

// Asks until the answer is yes; false if it never is.
inline bool Eventually(const std::function<bool()>& happened,
                       std::chrono::milliseconds bound = kFailureBound) {
  const auto end = std::chrono::steady_clock::now() + bound;
  while (!happened()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

}  // namespace rsca::support

#endif  // RSCA_TESTS_SUPPORT_EVENTUALLY_H_
