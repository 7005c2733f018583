// A conversation that waits for a worker to begin on.
#ifndef RSCA_SERVER_WORKERS_WAITING_CALL_H_
#define RSCA_SERVER_WORKERS_WAITING_CALL_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "common/mutex.h"
#include "server/workers/action_listener.h"

namespace rsca::workers {

// Thread-safe.
class WaitingCall {
 public:
  WaitingCall(StartRequest request, std::shared_ptr<ActionListener> listener)
      : request_(std::move(request)), listener_(std::move(listener)) {}

  const StartRequest& request() const { return request_; }
  // Null once the wait is over: the listener's owner may hold the handle, which holds this.
  std::shared_ptr<ActionListener> listener();

  // A worker has it: `handle` is the conversation's.
  void Begin(std::unique_ptr<ActionHandle> handle);

  // No worker comes. To be called without locks.
  void Refuse(const absl::Status& status);

  // What the caller gets. `on_stop`, which must not block, is called when it takes the call back
  // while no worker has it.
  static std::unique_ptr<ActionHandle> MakeHandle(const std::shared_ptr<WaitingCall>& call,
                                                  std::function<void()> on_stop);

 private:
  class Handle;

  const StartRequest request_;
  Mutex mutex_;
  std::shared_ptr<ActionListener> listener_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<ActionHandle> begun_ ABSL_GUARDED_BY(mutex_);
  int32_t refusing_ ABSL_GUARDED_BY(mutex_) = 0;  // what it was told before it began
};

}  // namespace rsca::workers

#endif  // RSCA_SERVER_WORKERS_WAITING_CALL_H_
