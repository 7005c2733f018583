#include "server/rpc/list_custom_actions.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace rsca::rpc {

absl::Status ListCustomActions::Handle(const v1::ListCustomActionsRequest& request,
                                       v1::ListCustomActionsResponse* response) const {
  const auto page = PageOf(request);
  if (!page.ok()) return page.status();
  const std::vector<actions::Function> functions = context_->functions->List();
  const size_t begin = std::min<size_t>(page->from, functions.size());
  const size_t end = std::min(begin + page->size, functions.size());
  for (size_t i = begin; i < end; ++i) *response->add_custom_actions() = ToProto(functions[i]);
  if (end < functions.size()) response->set_next_page_token(absl::StrCat(end));
  return absl::OkStatus();
}

}  // namespace rsca::rpc
