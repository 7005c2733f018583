// The way from plug-ins' threads to the control socket, for objects that plug-ins may hold longer
// than the worker lives.
#ifndef RSCA_SERVER_WORKER_CONTROL_SENDER_H_
#define RSCA_SERVER_WORKER_CONTROL_SENDER_H_

#include "common/mutex.h"
#include "rsca/worker/v1/worker_link.pb.h"
#include "server/worker/control_link.h"

namespace rsca::worker {

// Thread-safe.
class ControlSender {
 public:
  // `link` is open, and lives until Close has returned.
  void Open(ControlLink* link) {
    MutexLock lock(&mutex_);
    link_ = link;
  }

  // Before Open and after Close the message is dropped: nobody listens.
  void Send(const v1::ControlRequest& request) {
    MutexLock lock(&mutex_);
    if (link_ != nullptr) link_->Send(request);
  }

  // Waits for the message that is being sent.
  void Close() { Open(nullptr); }

 private:
  Mutex mutex_;
  ControlLink* link_ ABSL_GUARDED_BY(mutex_) = nullptr;
};

}  // namespace rsca::worker

#endif  // RSCA_SERVER_WORKER_CONTROL_SENDER_H_
