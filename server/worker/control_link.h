// The worker's end of the control socket: calls from the server, answers to it. Never behind
// results, never behind a plug-in.
#ifndef RSCA_SERVER_WORKER_CONTROL_LINK_H_
#define RSCA_SERVER_WORKER_CONTROL_LINK_H_

#include <functional>
#include <thread>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/control_frame.h"
#include "common/mutex.h"
#include "common/unique_fd.h"
#include "rsca/worker/v1/worker_link.pb.h"

namespace rsca::worker {

class ControlLink {
 public:
  explicit ControlLink(UniqueFd socket);
  // Cuts off what is left.
  ~ControlLink();

  // Says Hello and waits for Welcome.
  absl::Status Open(const v1::Hello& hello);

  // Calls `handle` for each message and `ended` when no more come; both from a thread of its own,
  // and neither may block.
  void Listen(std::function<void(const v1::ControlResponse&)> handle, std::function<void()> ended);

  // Any thread. What cannot be sent is dropped: `ended` tells.
  void Send(const v1::ControlRequest& request);

  // Says that no more comes, and gives the server a moment to say so, too.
  void Close(absl::Duration patience);

 private:
  const UniqueFd socket_;
  ControlReader messages_;  // Open's, then the reader's
  std::thread reader_;

  Mutex write_mutex_;
  bool closed_ ABSL_GUARDED_BY(write_mutex_) = false;

  Mutex mutex_;
  CondVar changed_;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace rsca::worker

#endif  // RSCA_SERVER_WORKER_CONTROL_LINK_H_
