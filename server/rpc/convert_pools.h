// Pools, workers and their events, from the domain to the public proto; and how names find them.
#ifndef RSCA_SERVER_RPC_CONVERT_POOLS_H_
#define RSCA_SERVER_RPC_CONVERT_POOLS_H_

#include <string>

#include "absl/status/statusor.h"
#include "rsca/v1/worker_pool.pb.h"
#include "server/actions/pools.h"

namespace rsca::rpc {

v1::WorkerExit ToProto(const actions::WorkerExit& exit);
v1::WorkerPool ToProto(const actions::PoolInfo& info);
v1::Worker ToProto(const actions::WorkerInfo& info, const std::string& pool);
v1::WorkerProcessEvent ToProto(const actions::PoolEvent& event);

// The pool of `pools/{pool}`. INVALID_ARGUMENT, for the named field, if it is of another form.
absl::StatusOr<std::string> ParsePoolName(absl::string_view field, absl::string_view name);

// The worker of `pools/{pool}/workers/{worker}`; the pool may be `-`. INVALID_ARGUMENT, NOT_FOUND
// (POOL_NOT_FOUND, WORKER_NOT_FOUND).
absl::StatusOr<v1::Worker> FindWorker(const actions::WorkerPools& pools, absl::string_view name);

// What is recorded as the reason of a stop or a recycle: what the request says, and who called.
// INVALID_ARGUMENT for a reason that is too long.
absl::StatusOr<std::string> ReasonOf(const std::string& reason, const std::string& principal);

}  // namespace rsca::rpc

#endif  // RSCA_SERVER_RPC_CONVERT_POOLS_H_
