#include "server/rpc/recycle_worker.h"

#include "server/rpc/convert_pools.h"

namespace rsca::rpc {

absl::Status RecycleWorker::Handle(const v1::RecycleWorkerRequest& request,
                                   const std::string& principal,
                                   v1::RecycleWorkerResponse* response) const {
  const auto worker = FindWorker(*context_->pools, request.name());
  if (!worker.ok()) return worker.status();
  const auto why = ReasonOf(request.reason(), principal);
  if (!why.ok()) return why.status();
  absl::Status status = context_->pools->RecycleWorker(worker->worker(), *why);
  if (!status.ok()) return status;
  if (const auto now = FindWorker(*context_->pools, request.name()); now.ok()) {
    *response->mutable_worker() = *now;
  }
  return absl::OkStatus();
}

}  // namespace rsca::rpc
