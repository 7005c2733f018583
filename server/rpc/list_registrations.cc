#include "server/rpc/list_registrations.h"

#include "absl/strings/str_cat.h"

namespace rsca::rpc {

absl::Status ListRegistrations::Handle(const v1::ListRegistrationsRequest& request,
                                       v1::ListRegistrationsResponse* response) const {
  const auto from = ParsePageToken(request.page_token());
  if (!from.ok()) return from.status();
  const auto size = PageSize(request.page_size());
  if (!size.ok()) return size.status();
  const actions::Registry::Page page = context_->registry->List(*from, *size);
  for (const auto& registration : page.registrations) {
    *response->add_registrations() = ToProto(registration->Info());
  }
  if (page.next != 0) response->set_next_page_token(absl::StrCat(page.next));
  return absl::OkStatus();
}

}  // namespace rsca::rpc
