// absl::Status with google.rpc details (AIP-193): how errors are made anywhere in rsca and how they
// cross gRPC in both directions. The details travel inside absl::Status as payloads.
//
//   return MakeError(absl::StatusCode::kNotFound, "ACTION_NOT_FOUND",
//                    "there is no custom action `x`; `rsca actions` lists them",
//                    {{"function", "x"}});
#ifndef RSCA_COMMON_STATUS_H_
#define RSCA_COMMON_STATUS_H_

#include <grpcpp/support/status.h>

#include <map>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace rsca {

// `ErrorInfo.domain` of every error of rsca.
inline constexpr char kErrorDomain[] = "rsca";

// `reason` in UPPER_SNAKE_CASE; the public proto lists all of them.
absl::Status MakeError(absl::StatusCode code, absl::string_view reason, absl::string_view message,
                       const std::map<std::string, std::string>& metadata = {});

// Adds one `BadRequest.FieldViolation`.
void AddFieldViolation(absl::Status* status, absl::string_view field,
                       absl::string_view description);

// Adds `RetryInfo`; what it says, if there is one.
void AddRetryInfo(absl::Status* status, absl::Duration delay);
std::optional<absl::Duration> RetryDelay(const absl::Status& status);

// `ErrorInfo.reason`, or empty when the status has none.
std::string ErrorReason(const absl::Status& status);

// A value of `ErrorInfo.metadata`.
std::optional<std::string> ErrorMetadata(const absl::Status& status, absl::string_view key);

// Code, message and payloads become gRPC's code, message and `google.rpc.Status` details.
grpc::Status ToGrpcStatus(const absl::Status& status);

// The other way, for clients.
absl::Status FromGrpcStatus(const grpc::Status& status);

// One line for people: `NOT_FOUND: message [ACTION_NOT_FOUND]`, then a line for each field.
std::string DescribeError(const absl::Status& status);

}  // namespace rsca

#endif  // RSCA_COMMON_STATUS_H_
