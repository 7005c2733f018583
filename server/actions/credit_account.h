// How many bytes a plug-in may report before its readers have to catch up.
#ifndef RSCA_SERVER_ACTIONS_CREDIT_ACCOUNT_H_
#define RSCA_SERVER_ACTIONS_CREDIT_ACCOUNT_H_

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/time/time.h"

namespace rsca::actions {

// For one thread at a time. Bytes are costs of log entries.
//
// The limit grows with the traffic, as TCP's receive windows do: readers who each pass a whole
// limit in less than kLimitHolds would have the plug-in wait for the way back of its credit.
class CreditAccount {
 public:
  explicit CreditAccount(uint64_t limit) : limit_(limit) {}

  // An entry was appended to the log.
  void OnAppended(uint64_t bytes) { unread_ += bytes; }

  // More credit at once, for what was reported before anybody can read.
  void GrantAhead(uint64_t bytes) { ahead_ += bytes; }

  // The slowest reader has passed so much. Returns the credit that is due now: a quarter of the
  // limit at a time, so that messages are few and the plug-in never runs dry.
  uint64_t OnPassed(uint64_t bytes) {
    unread_ -= std::min(bytes, unread_);
    const uint64_t ahead = std::min(bytes, ahead_);
    ahead_ -= ahead;
    due_ += bytes - ahead;
    passed_ += bytes;
    return due_ < limit_ / 4 ? 0 : std::exchange(due_, 0);
  }

  // By how much the limit should grow, asked when credit is due; 0: not at all. `now` is monotonic.
  uint64_t Outgrown(absl::Duration now, int readers) {
    if (passed_ < limit_) return 0;
    passed_ = 0;
    const bool fast = now - std::exchange(counts_since_, now) < kLimitHolds * std::max(readers, 1);
    return fast && limit_ < kMostBytes ? std::min(limit_, kMostBytes - limit_) : 0;
  }

  // The plug-in is granted so much more, for good.
  void Grow(uint64_t bytes) { limit_ += bytes; }

  // A new conversation begins. Returns its first credit: less what is still unread.
  uint64_t Restart() {
    due_ = 0;
    ahead_ = unread_ > limit_ ? unread_ - limit_ : 0;
    return unread_ > limit_ ? 0 : limit_ - unread_;
  }

 private:
  static constexpr absl::Duration kLimitHolds = absl::Milliseconds(10);
  static constexpr uint64_t kMostBytes = uint64_t{1} << 20;

  uint64_t limit_;
  uint64_t unread_ = 0;
  uint64_t ahead_ = 0;  // granted for bytes that nobody has passed
  uint64_t due_ = 0;
  uint64_t passed_ = 0;  // since then:
  absl::Duration counts_since_ = -absl::InfiniteDuration();
};

}  // namespace rsca::actions

#endif  // RSCA_SERVER_ACTIONS_CREDIT_ACCOUNT_H_
