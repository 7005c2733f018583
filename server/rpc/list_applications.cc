#include "server/rpc/list_applications.h"

#include "absl/strings/str_cat.h"
#include "server/rpc/convert_listeners.h"
#include "server/rpc/convert_pools.h"

namespace rsca::rpc {

absl::Status ListApplications::Handle(const v1::ListApplicationsRequest& request,
                                      v1::ListApplicationsResponse* response) const {
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
  // Places in the configuration, which stays as it is while the server runs.
  uint64_t place = 0;
  for (const actions::ApplicationInfo& application : context_->pools->applications()) {
    if (*parent != "-" && application.pool != *parent) continue;
    if (place++ < *from) continue;
    if (static_cast<size_t>(response->applications_size()) == *size) {
      response->set_next_page_token(absl::StrCat(place - 1));
      break;
    }
    *response->add_applications() = ToProto(application);
  }
  return absl::OkStatus();
}

}  // namespace rsca::rpc
