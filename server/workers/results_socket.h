// The server's end of a worker's results socket (common/report_frame.h).
#ifndef RSCA_SERVER_WORKERS_RESULTS_SOCKET_H_
#define RSCA_SERVER_WORKERS_RESULTS_SOCKET_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>

#include "common/mutex.h"
#include "common/unique_fd.h"
#include "server/workers/worker.h"

namespace rsca::workers {

// Brings a worker what its process reports, and the process what its worker grants. A thread that
// is blocked in recv(2) is the fastest way to take results, and there are few workers; it lives
// until the process's end of the socket is closed, which is when all that was sent has been read.
class ResultsSocket {
 public:
  // A report above this is no report: the process has lost its mind, and is killed.
  ResultsSocket(UniqueFd socket, std::shared_ptr<Worker> worker, uint64_t max_response_bytes);
  // Closes our end, and waits for what is being delivered.
  ~ResultsSocket();

  // Nothing comes any more.
  bool over() const { return over_; }

 private:
  void Read(int socket, uint64_t max_response_bytes);

  Mutex mutex_;
  UniqueFd socket_ ABSL_GUARDED_BY(mutex_);  // none once it is over
  const std::shared_ptr<Worker> worker_;
  std::atomic<bool> over_{false};
  std::thread writer_;
  std::thread reader_;
};

}  // namespace rsca::workers

#endif  // RSCA_SERVER_WORKERS_RESULTS_SOCKET_H_
