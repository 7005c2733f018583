// What the soak has counted, and the promises that it found broken.
#ifndef RSCA_TESTS_SOAK_TALLY_H_
#define RSCA_TESTS_SOAK_TALLY_H_

#include <atomic>
#include <cstdint>
#include <map>
#include <string>

#include "absl/strings/string_view.h"
#include "common/mutex.h"

namespace rsca::soak {

// Thread-safe.
class Tally {
 public:
  explicit Tally(std::uint64_t seed) : seed_(seed) {}

  void Count(absl::string_view what);
  std::int64_t Get(absl::string_view what) const;

  // A line to standard output, at once. `where`: the registration, worker or pool.
  void Broken(absl::string_view where, absl::string_view expected, absl::string_view seen);
  std::int64_t broken() const { return broken_; }

  // All that was counted under names that begin so, without that beginning: `a 1, b 2`.
  std::string List(absl::string_view beginning) const;

  // Too many to be counted by name.
  std::atomic<std::int64_t> results{0};
  std::atomic<std::int64_t> interruptions{0};

 private:
  const std::uint64_t seed_;
  std::atomic<std::int64_t> broken_{0};
  mutable Mutex mutex_;
  std::map<std::string, std::int64_t, std::less<>> counts_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace rsca::soak

#endif  // RSCA_TESTS_SOAK_TALLY_H_
