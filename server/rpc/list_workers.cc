#include "server/rpc/list_workers.h"

#include "absl/strings/str_cat.h"
#include "server/rpc/convert_pools.h"

namespace rsca::rpc {

absl::Status ListWorkers::Handle(const v1::ListWorkersRequest& request,
                                 v1::ListWorkersResponse* response) const {
  const auto page = PageOfPoolOf(request, *context_->pools);
  if (!page.ok()) return page.status();
  // By number: a worker that ends between two pages shifts the others.
  uint64_t number = 0;
  for (const actions::PoolInfo& pool : context_->pools->pools()) {
    if (!page->Has(pool.name)) continue;
    for (const actions::WorkerInfo& worker : pool.workers) {
      if (number++ < page->from) continue;
      if (static_cast<size_t>(response->workers_size()) == page->size) {
        response->set_next_page_token(absl::StrCat(number - 1));
        return absl::OkStatus();
      }
      *response->add_workers() = ToProto(worker, pool.name);
    }
  }
  return absl::OkStatus();
}

}  // namespace rsca::rpc
