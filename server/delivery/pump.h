// Starts the writes of streams that have something to send.
#ifndef RSCA_SERVER_DELIVERY_PUMP_H_
#define RSCA_SERVER_DELIVERY_PUMP_H_

#include <memory>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "common/mutex.h"
#include "common/timers.h"

namespace rsca::delivery {

class Pumped {
 public:
  virtual ~Pumped() = default;
  // Must not block.
  virtual void Advance() = 0;
};

// Advances the first after a pause on the thread that brought its results, all others on a thread
// of its own. Waking that takes longer than one write, but those of many streams, or write after
// write, would keep whoever brings results from doing so.
//
// Thread-safe. The destructor waits for the call that is running on the pump's own thread and drops
// what is queued.
class Pump {
 public:
  // The timers outlive it.
  explicit Pump(Timers* timers);
  ~Pump();

  // Advance is called once for this: now, or soon. Without locks that Advance takes.
  void Ready(std::shared_ptr<Pumped> pumped);

 private:
  void Run();

  Timers* const timers_;

  Mutex mutex_;
  CondVar changed_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool busy_ ABSL_GUARDED_BY(mutex_) = false;  // the pump's own thread
  absl::Duration last_ready_ ABSL_GUARDED_BY(mutex_) = -absl::InfiniteDuration();
  std::vector<std::shared_ptr<Pumped>> ready_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace rsca::delivery

#endif  // RSCA_SERVER_DELIVERY_PUMP_H_
