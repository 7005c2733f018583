#include "server/rpc/list_workers.h"

#include "absl/strings/str_cat.h"
#include "server/rpc/convert_pools.h"

namespace rsca::rpc {

absl::Status ListWorkers::Handle(const v1::ListWorkersRequest& request,
                                 v1::ListWorkersResponse* response) const {
  const auto parent = ParsePoolName("parent", request.parent());
  if (!parent.ok()) return parent.status();
  const auto from = ParsePageToken(request.page_token());
  if (!from.ok()) return from.status();
  const auto size = PageSize(request.page_size());
  if (!size.ok()) return size.status();
  if (*parent != "-") {
    const auto pool = context_->pools->FindPool(*parent);
    if (!pool.ok()) return pool.status();
  }
  // By number: a worker that ends between two pages shifts the others.
  uint64_t number = 0;
  for (const actions::PoolInfo& pool : context_->pools->pools()) {
    if (*parent != "-" && pool.name != *parent) continue;
    for (const actions::WorkerInfo& worker : pool.workers) {
      if (number++ < *from) continue;
      if (static_cast<size_t>(response->workers_size()) == *size) {
        response->set_next_page_token(absl::StrCat(number - 1));
        return absl::OkStatus();
      }
      *response->add_workers() = ToProto(worker, pool.name);
    }
  }
  return absl::OkStatus();
}

}  // namespace rsca::rpc
