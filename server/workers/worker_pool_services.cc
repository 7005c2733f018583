// The part of WorkerPool for listener channels and preloading.
#include <utility>

#include "server/workers/pool_errors.h"
#include "server/workers/worker_pool.h"

namespace rsca::workers {

// Who listens or preloads has work for a worker.
void WorkerPool::WakeAll() {
  for (const auto& member : members_) {
    if (member->state == WorkerState::kSuspended) Wake(member.get());
  }
  if (PickWorker() == nullptr && !WorkerComes() && held_back_ == 0) LaunchMissing();
}

absl::Status WorkerPool::StartListener(uint32_t id, const ListenerRequest& request,
                                       std::shared_ptr<ListenerObserver> observer) {
  {
    MutexLock lock(&mutex_);
    if (absl::Status status = CheckOpen(); !status.ok()) return status;
    WakeAll();
    listeners_.Start(id, request, std::move(observer));
  }
  effects_.Run();
  return absl::OkStatus();
}

absl::Status WorkerPool::StopListener(uint32_t id, bool immediate) {
  return listeners_.Stop(id, immediate);
}

absl::Status WorkerPool::Preload(const std::string& application, Preloads::Done done) {
  absl::Status status;
  {
    MutexLock lock(&mutex_);
    status = CheckOpen();
    if (status.ok()) {
      WakeAll();
      const Member* const member = PickWorker();
      status = member == nullptr
                   ? WorkerUnavailable(options_->name, "no worker is ready to preload it",
                                       options_->restart_backoff_min)
                   : preloads_.Start(application, member->worker, std::move(done));
    }
  }
  effects_.Run();
  return status;
}

}  // namespace rsca::workers
