// Whether a request may reach a plug-in at all. The plug-in's own schema is checked in its worker,
// where a schema that hurts hurts nobody else.
#ifndef RSCA_SERVER_ACTIONS_REQUEST_CHECK_H_
#define RSCA_SERVER_ACTIONS_REQUEST_CHECK_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "server/actions/types.h"

namespace rsca::actions {

absl::Status CheckFunctionName(absl::string_view function, const Limits& limits);
absl::Status CheckArguments(absl::string_view arguments, const Limits& limits);

// All fields of a register request.
absl::Status CheckRegisterRequest(const RegisterRequest& request, const Limits& limits);

}  // namespace rsca::actions

#endif  // RSCA_SERVER_ACTIONS_REQUEST_CHECK_H_
