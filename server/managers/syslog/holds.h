// Whether any follower asks that channels which can wait do so.
#ifndef RSCA_SERVER_MANAGERS_SYSLOG_HOLDS_H_
#define RSCA_SERVER_MANAGERS_SYSLOG_HOLDS_H_

#include <atomic>
#include <functional>

namespace rsca::managers::syslog {

// Thread-safe.
class Holds {
 public:
  // `released`: called when the last hold has ended, on the thread that ended it.
  explicit Holds(std::function<void()> released) : released_(std::move(released)) {}

  bool any() const { return count_ != 0; }
  void Add() { ++count_; }
  void Remove() {
    if (--count_ == 0) released_();
  }

 private:
  const std::function<void()> released_;
  std::atomic<int> count_{0};
};

}  // namespace rsca::managers::syslog

#endif  // RSCA_SERVER_MANAGERS_SYSLOG_HOLDS_H_
