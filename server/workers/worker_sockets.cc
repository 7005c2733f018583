#include "server/workers/worker_sockets.h"

#include <iterator>
#include <utility>

namespace rsca::workers {

WorkerSockets::OfWorker::OfWorker(const std::shared_ptr<Worker>& worker, UniqueFd control_fd,
                                  UniqueFd results_fd, uint64_t max_response_bytes)
    : control(std::move(control_fd), worker),
      results(std::move(results_fd), worker, max_response_bytes) {}

WorkerSockets::~WorkerSockets() {
  std::list<std::unique_ptr<OfWorker>> sockets;  // their threads end without the lock
  MutexLock lock(&mutex_);
  sockets.swap(sockets_);
}

void WorkerSockets::Open(const std::shared_ptr<Worker>& worker, UniqueFd control, UniqueFd results,
                         uint64_t max_response_bytes) {
  std::list<std::unique_ptr<OfWorker>> over;
  auto sockets = std::make_unique<OfWorker>(worker, std::move(control), std::move(results),
                                            max_response_bytes);
  MutexLock lock(&mutex_);
  for (auto entry = sockets_.begin(); entry != sockets_.end();) {
    const auto next = std::next(entry);
    if ((*entry)->over()) over.splice(over.end(), sockets_, entry);
    entry = next;
  }
  sockets_.push_back(std::move(sockets));
}

}  // namespace rsca::workers
