#include "server/rpc/stop_worker_pool.h"

#include "server/rpc/convert_pools.h"

namespace rsca::rpc {

absl::Status StopWorkerPool::Handle(const v1::StopWorkerPoolRequest& request,
                                    const std::string& principal,
                                    v1::StopWorkerPoolResponse* response) const {
  const auto pool = ParsePoolName("name", request.name());
  if (!pool.ok()) return pool.status();
  const auto why = ReasonOf(request.reason(), principal);
  if (!why.ok()) return why.status();
  if (absl::Status status = context_->pools->StopPool(*pool, *why); !status.ok()) return status;
  const auto info = context_->pools->FindPool(*pool);
  if (!info.ok()) return info.status();
  *response->mutable_worker_pool() = ToProto(*info);
  return absl::OkStatus();
}

}  // namespace rsca::rpc
