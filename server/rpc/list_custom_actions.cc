#include "server/rpc/list_custom_actions.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace rsca::rpc {

absl::Status ListCustomActions::Handle(const v1::ListCustomActionsRequest& request,
                                       v1::ListCustomActionsResponse* response) const {
  const auto from = ParsePageToken(request.page_token());
  if (!from.ok()) return from.status();
  const auto size = PageSize(request.page_size());
  if (!size.ok()) return size.status();
  const std::vector<actions::Function> functions = context_->functions->List();
  const size_t begin = std::min<size_t>(*from, functions.size());
  const size_t end = std::min(begin + *size, functions.size());
  for (size_t i = begin; i < end; ++i) *response->add_custom_actions() = ToProto(functions[i]);
  if (end < functions.size()) response->set_next_page_token(absl::StrCat(end));
  return absl::OkStatus();
}

}  // namespace rsca::rpc
