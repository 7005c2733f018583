#include "server/rpc/get_worker.h"

#include "server/rpc/convert_pools.h"

namespace rsca::rpc {

absl::Status GetWorker::Handle(const v1::GetWorkerRequest& request,
                               v1::GetWorkerResponse* response) const {
  const auto worker = FindWorker(*context_->pools, request.name());
  if (!worker.ok()) return worker.status();
  *response->mutable_worker() = *worker;
  return absl::OkStatus();
}

}  // namespace rsca::rpc
