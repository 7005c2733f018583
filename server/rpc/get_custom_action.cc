#include "server/rpc/get_custom_action.h"

#include <string>

#include "absl/strings/strip.h"
#include "server/actions/errors.h"
#include "server/actions/request_check.h"

namespace rsca::rpc {

absl::Status GetCustomAction::Handle(const v1::GetCustomActionRequest& request,
                                     v1::GetCustomActionResponse* response) const {
  absl::string_view function = request.name();
  if (!absl::ConsumePrefix(&function, "customActions/")) {
    return actions::InvalidField("name", "is not of the form customActions/{function}");
  }
  if (absl::Status status = actions::CheckFunctionName(function, context_->limits); !status.ok()) {
    return status;
  }
  const auto found = context_->functions->Find(std::string(function));
  if (!found.has_value()) return actions::ActionNotFound(function, context_->pools->gaps());
  *response->mutable_custom_action() = ToProto(*found);
  return absl::OkStatus();
}

}  // namespace rsca::rpc
