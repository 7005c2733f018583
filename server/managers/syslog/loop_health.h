// Whether the loop still turns, asked by sending a ping through it.
#ifndef RSCA_SERVER_MANAGERS_SYSLOG_LOOP_HEALTH_H_
#define RSCA_SERVER_MANAGERS_SYSLOG_LOOP_HEALTH_H_

#include <rsca/wpf_ptr.h>

#include <deque>

#include "absl/time/time.h"
#include "common/mutex.h"
#include "server/managers/syslog/event_loop.h"

namespace rsca::managers::syslog {

// Thread-safe. `loop` outlives it; the loop has been stopped when it is destroyed.
class LoopHealth {
 public:
  // A ping that has been out for `limit` when the next check comes means that the loop is stuck.
  LoopHealth(EventLoop* loop, absl::Duration limit) : loop_(loop), limit_(limit) {}

  // Answers from the loop's thread: healthy. When the loop is stuck: not, at once, to this and to
  // all checks that have no answer yet. Fails once the loop has been stopped.
  HRESULT Check(IHealthStatusCallback* callback);

 private:
  struct Ping {
    absl::Time sent;  // by the steady clock
    WpfPtr<IHealthStatusCallback> callback;
  };

  void Answer();

  EventLoop* const loop_;
  const absl::Duration limit_;
  Mutex mutex_;
  std::deque<Ping> pings_ ABSL_GUARDED_BY(mutex_);  // without an answer, oldest first
};

}  // namespace rsca::managers::syslog

#endif  // RSCA_SERVER_MANAGERS_SYSLOG_LOOP_HEALTH_H_
