// How many bytes a plug-in may report before its readers have to catch up.
#ifndef RSCA_SERVER_ACTIONS_CREDIT_ACCOUNT_H_
#define RSCA_SERVER_ACTIONS_CREDIT_ACCOUNT_H_

#include <algorithm>
#include <cstdint>
#include <utility>

namespace rsca::actions {

// For one thread at a time. Bytes are costs of log entries.
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
    return due_ < limit_ / 4 ? 0 : std::exchange(due_, 0);
  }

  // A new conversation begins. Returns its first credit: less what is still unread.
  uint64_t Restart() {
    due_ = 0;
    ahead_ = unread_ > limit_ ? unread_ - limit_ : 0;
    return unread_ > limit_ ? 0 : limit_ - unread_;
  }

 private:
  const uint64_t limit_;
  uint64_t unread_ = 0;
  uint64_t ahead_ = 0;  // granted for bytes that nobody has passed
  uint64_t due_ = 0;
};

}  // namespace rsca::actions

#endif  // RSCA_SERVER_ACTIONS_CREDIT_ACCOUNT_H_
