#include "server/rpc/list_registrations.h"

#include "absl/strings/str_cat.h"

namespace rsca::rpc {

absl::Status ListRegistrations::Handle(const v1::ListRegistrationsRequest& request,
                                       v1::ListRegistrationsResponse* response) const {
  const auto page = PageOf(request);
  if (!page.ok()) return page.status();
  const actions::Registry::Page found = context_->registry->List(page->from, page->size);
  for (const auto& registration : found.registrations) {
    *response->add_registrations() = ToProto(registration->Info());
  }
  if (found.next != 0) response->set_next_page_token(absl::StrCat(found.next));
  return absl::OkStatus();
}

}  // namespace rsca::rpc
