// Starts the writes of streams that have something to send, on a thread of its own, so that the
// thread that brings results never writes to clients.
#ifndef RSCA_SERVER_DELIVERY_PUMP_H_
#define RSCA_SERVER_DELIVERY_PUMP_H_

#include <memory>
#include <thread>
#include <vector>

#include "common/mutex.h"

namespace rsca::delivery {

class Pumped {
 public:
  virtual ~Pumped() = default;
  // On the pump's thread. Must not block.
  virtual void Advance() = 0;
};

// Thread-safe. The destructor waits for the call that is running and drops what is queued.
class Pump {
 public:
  Pump();
  ~Pump();

  // Advance is called once for this, soon.
  void Ready(std::shared_ptr<Pumped> pumped);

 private:
  void Run();

  Mutex mutex_;
  CondVar changed_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::shared_ptr<Pumped>> ready_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace rsca::delivery

#endif  // RSCA_SERVER_DELIVERY_PUMP_H_
