#include "server/rpc/get_worker_pool.h"

#include "server/rpc/convert_pools.h"

namespace rsca::rpc {

absl::Status GetWorkerPool::Handle(const v1::GetWorkerPoolRequest& request,
                                   v1::GetWorkerPoolResponse* response) const {
  const auto pool = ParsePoolName("name", request.name());
  if (!pool.ok()) return pool.status();
  const auto info = context_->pools->FindPool(*pool);
  if (!info.ok()) return info.status();
  *response->mutable_worker_pool() = ToProto(*info);
  return absl::OkStatus();
}

}  // namespace rsca::rpc
