#include "server/rpc/list_applications.h"

#include "absl/strings/str_cat.h"
#include "server/rpc/convert_listeners.h"
#include "server/rpc/convert_pools.h"

namespace rsca::rpc {

absl::Status ListApplications::Handle(const v1::ListApplicationsRequest& request,
                                      v1::ListApplicationsResponse* response) const {
  const auto page = PageOfPoolOf(request, *context_->pools);
  if (!page.ok()) return page.status();
  // Places in the configuration, which stays as it is while the server runs.
  uint64_t place = 0;
  for (const actions::ApplicationInfo& application : context_->pools->applications()) {
    if (!page->Has(application.pool)) continue;
    if (place++ < page->from) continue;
    if (static_cast<size_t>(response->applications_size()) == page->size) {
      response->set_next_page_token(absl::StrCat(place - 1));
      break;
    }
    *response->add_applications() = ToProto(application);
  }
  return absl::OkStatus();
}

}  // namespace rsca::rpc
