// Pools, workers and their events, from the domain to the public proto; and how names find them.
#ifndef RSCA_SERVER_RPC_CONVERT_POOLS_H_
#define RSCA_SERVER_RPC_CONVERT_POOLS_H_

#include <string>

#include "absl/status/statusor.h"
#include "rsca/v1/worker_pool.pb.h"
#include "server/actions/pools.h"
#include "server/rpc/convert.h"

namespace rsca::rpc {

v1::WorkerExit ToProto(const actions::WorkerExit& exit);
v1::WorkerPool ToProto(const actions::PoolInfo& info);
v1::Worker ToProto(const actions::WorkerInfo& info, const std::string& pool);
v1::WorkerProcessEvent ToProto(const actions::PoolEvent& event);

// The pool of `pools/{pool}`. INVALID_ARGUMENT, for the named field, if it is of another form.
absl::StatusOr<std::string> ParsePoolName(absl::string_view field, absl::string_view name);

// A page of a list of what is in one pool, or in all.
struct PageOfPool : Page {
  std::string pool;  // `-` for all

  bool Has(const std::string& name) const { return pool == "-" || pool == name; }
};

// Of a request with `parent`, too. INVALID_ARGUMENT, NOT_FOUND (POOL_NOT_FOUND).
template <typename Request>
absl::StatusOr<PageOfPool> PageOfPoolOf(const Request& request, const actions::WorkerPools& pools) {
  const auto parent = ParsePoolName("parent", request.parent());
  if (!parent.ok()) return parent.status();
  const auto page = PageOf(request);
  if (!page.ok()) return page.status();
  if (*parent != "-") {
    if (const auto pool = pools.FindPool(*parent); !pool.ok()) return pool.status();
  }
  return PageOfPool{*page, *parent};
}

// The worker of `pools/{pool}/workers/{worker}`; the pool may be `-`. INVALID_ARGUMENT, NOT_FOUND
// (POOL_NOT_FOUND, WORKER_NOT_FOUND).
absl::StatusOr<v1::Worker> FindWorker(const actions::WorkerPools& pools, absl::string_view name);

// What is recorded as the reason of a stop or a recycle: what the request says, and who called.
// INVALID_ARGUMENT for a reason that is too long.
absl::StatusOr<std::string> ReasonOf(const std::string& reason, const std::string& principal);

}  // namespace rsca::rpc

#endif  // RSCA_SERVER_RPC_CONVERT_POOLS_H_
