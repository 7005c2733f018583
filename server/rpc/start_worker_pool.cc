#include "server/rpc/start_worker_pool.h"

#include "server/rpc/convert_pools.h"

namespace rsca::rpc {

absl::Status StartWorkerPool::Handle(const v1::StartWorkerPoolRequest& request,
                                     v1::StartWorkerPoolResponse* response) const {
  const auto pool = ParsePoolName("name", request.name());
  if (!pool.ok()) return pool.status();
  if (absl::Status status = context_->pools->StartPool(*pool); !status.ok()) return status;
  const auto info = context_->pools->FindPool(*pool);
  if (!info.ok()) return info.status();
  *response->mutable_worker_pool() = ToProto(*info);
  return absl::OkStatus();
}

}  // namespace rsca::rpc
