#include "server/rpc/list_worker_pools.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/rpc/convert_pools.h"

namespace rsca::rpc {

absl::Status ListWorkerPools::Handle(const v1::ListWorkerPoolsRequest& request,
                                     v1::ListWorkerPoolsResponse* response) const {
  const auto page = PageOf(request);
  if (!page.ok()) return page.status();
  const std::vector<actions::PoolInfo> pools = context_->pools->pools();
  const size_t begin = std::min<size_t>(page->from, pools.size());
  const size_t end = std::min(begin + page->size, pools.size());
  for (size_t i = begin; i < end; ++i) *response->add_worker_pools() = ToProto(pools[i]);
  if (end < pools.size()) response->set_next_page_token(absl::StrCat(end));
  return absl::OkStatus();
}

}  // namespace rsca::rpc
