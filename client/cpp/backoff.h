// Pauses between tries: each twice the one before, less up to half at random, so that clients that
// were cut off together do not come back together.
#ifndef RSCA_CLIENT_CPP_BACKOFF_H_
#define RSCA_CLIENT_CPP_BACKOFF_H_

#include <algorithm>

#include "absl/random/random.h"
#include "absl/time/time.h"

namespace rsca::client::internal {

class Backoff {
 public:
  Backoff(absl::Duration initial, absl::Duration max)
      : initial_(initial), max_(max), next_(initial) {}

  absl::Duration Next() {
    const absl::Duration pause = std::min(next_, max_);
    next_ = pause * 2;
    return pause * absl::Uniform(random_, 0.5, 1.0);
  }

  void Reset() { next_ = initial_; }

 private:
  const absl::Duration initial_;
  const absl::Duration max_;
  absl::Duration next_;
  absl::BitGen random_;
};

}  // namespace rsca::client::internal

#endif  // RSCA_CLIENT_CPP_BACKOFF_H_
