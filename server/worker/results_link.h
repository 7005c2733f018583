// The worker's end of the results socket: reports to the server, credits from it.
#ifndef RSCA_SERVER_WORKER_RESULTS_LINK_H_
#define RSCA_SERVER_WORKER_RESULTS_LINK_H_

#include <functional>
#include <memory>
#include <thread>

#include "absl/time/time.h"
#include "common/mutex.h"
#include "common/report_frame.h"
#include "common/unique_fd.h"
#include "server/worker/report_queue.h"

namespace rsca::worker {

class ResultsLink {
 public:
  ResultsLink(UniqueFd socket, std::shared_ptr<ReportQueue> queue);
  // Cuts off what is left.
  ~ResultsLink();

  // Sends what the queue has, from a thread of its own. From another it calls `credit` for each
  // credit, and `lost` when the server closes its end before the queue is closed and all of it is
  // sent. Neither may block.
  void Open(std::function<void(const CreditFrame&)> credit, std::function<void()> lost);

  // After the queue was closed: waits until all is sent, then gives the server a moment to close
  // its end, which says that it has it.
  void Drain(absl::Duration patience);

 private:
  void Write();
  void Read();

  const UniqueFd socket_;
  const std::shared_ptr<ReportQueue> queue_;
  std::function<void(const CreditFrame&)> credit_;
  std::function<void()> lost_;
  std::thread writer_;
  std::thread reader_;

  Mutex mutex_;
  CondVar changed_;
  bool sent_ ABSL_GUARDED_BY(mutex_) = false;   // everything, and the server was told so
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;  // by the server
};

}  // namespace rsca::worker

#endif  // RSCA_SERVER_WORKER_RESULTS_LINK_H_
