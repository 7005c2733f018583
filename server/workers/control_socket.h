// The server's end of a worker's control socket (common/control_frame.h).
#ifndef RSCA_SERVER_WORKERS_CONTROL_SOCKET_H_
#define RSCA_SERVER_WORKERS_CONTROL_SOCKET_H_

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "common/mutex.h"
#include "common/unique_fd.h"
#include "rsca/worker/v1/worker_link.pb.h"
#include "server/workers/worker.h"

namespace rsca::workers {

// Lets a worker's process in, brings the worker what it says, and the process what its worker has
// for it. Lives until the process's end of the socket is closed.
class ControlSocket {
 public:
  ControlSocket(UniqueFd socket, std::shared_ptr<Worker> worker);
  // Closes our end, and waits for what is being delivered.
  ~ControlSocket();

  // Nothing comes any more.
  bool over() const { return over_; }

 private:
  void Serve(int socket);
  // Answers Hello. False when the process is refused.
  bool Welcome(int socket, const worker::v1::Hello& hello);
  // Empty: it is not.
  std::string WhyRefused(const worker::v1::Hello& hello);
  void Write(int socket);

  Mutex mutex_;
  UniqueFd socket_ ABSL_GUARDED_BY(mutex_);  // none once it is over
  std::shared_ptr<Worker> worker_;           // the threads'; none once it is over
  std::atomic<bool> over_{false};
  std::thread reader_;
};

}  // namespace rsca::workers

#endif  // RSCA_SERVER_WORKERS_CONTROL_SOCKET_H_
