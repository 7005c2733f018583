// What plug-ins ask of the server through IWpfActions: to recycle this worker, or to fail it.
#ifndef RSCA_SERVER_WORKER_REQUESTS_H_
#define RSCA_SERVER_WORKER_REQUESTS_H_

#include <rsca/wpf_ptr.h>
#include <rsca/wpframework.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "common/mutex.h"
#include "rsca/worker/v1/worker_link.pb.h"
#include "server/worker/control_sender.h"

namespace rsca::worker {

// Thread-safe. A plug-in that asks again and again is heard once a second: one request is enough.
class Requests {
 public:
  explicit Requests(std::shared_ptr<ControlSender> sender) : sender_(std::move(sender)) {}

  void Recycle(const std::string& manager, const std::string& reason);
  void Fail(const v1::WorkerFailure& failure);

  // The first one stays until the worker's end.
  void FailNextPing(const v1::WorkerFailure& failure);
  std::optional<v1::WorkerFailure> next_ping_failure();

 private:
  using Clock = std::chrono::steady_clock;

  bool MaySend(Clock::time_point* last);

  const std::shared_ptr<ControlSender> sender_;
  Mutex mutex_;
  Clock::time_point last_recycle_ ABSL_GUARDED_BY(mutex_);
  Clock::time_point last_fail_ ABSL_GUARDED_BY(mutex_);
  std::optional<v1::WorkerFailure> next_ping_failure_ ABSL_GUARDED_BY(mutex_);
};

// For one protocol manager, whose requests bear its name.
WpfPtr<IWpfActions> MakeActions(std::shared_ptr<Requests> requests, std::string manager);

}  // namespace rsca::worker

#endif  // RSCA_SERVER_WORKER_REQUESTS_H_
