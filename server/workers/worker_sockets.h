// The server's ends of the sockets of all workers.
#ifndef RSCA_SERVER_WORKERS_WORKER_SOCKETS_H_
#define RSCA_SERVER_WORKERS_WORKER_SOCKETS_H_

#include <cstdint>
#include <list>
#include <memory>

#include "common/mutex.h"
#include "common/unique_fd.h"
#include "server/workers/control_socket.h"
#include "server/workers/results_socket.h"
#include "server/workers/worker.h"

namespace rsca::workers {

// Thread-safe.
class WorkerSockets {
 public:
  WorkerSockets() = default;
  // Closes all of them.
  ~WorkerSockets();
  WorkerSockets(const WorkerSockets&) = delete;
  WorkerSockets& operator=(const WorkerSockets&) = delete;

  // Speaks with the worker's process through these until it has ended.
  void Open(const std::shared_ptr<Worker>& worker, UniqueFd control, UniqueFd results,
            uint64_t max_response_bytes);

 private:
  struct OfWorker {
    OfWorker(const std::shared_ptr<Worker>& worker, UniqueFd control_fd, UniqueFd results_fd,
             uint64_t max_response_bytes);
    bool over() const { return control.over() && results.over(); }

    ControlSocket control;
    ResultsSocket results;
  };

  Mutex mutex_;
  std::list<std::unique_ptr<OfWorker>> sockets_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace rsca::workers

#endif  // RSCA_SERVER_WORKERS_WORKER_SOCKETS_H_
