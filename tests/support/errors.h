// Expecting google.rpc errors.
//
//   EXPECT_THAT(status, IsError(absl::StatusCode::kNotFound, "ACTION_NOT_FOUND"));
//   EXPECT_THAT(FieldViolations(status), ElementsAre("arguments"));
#ifndef RSCA_TESTS_SUPPORT_ERRORS_H_
#define RSCA_TESTS_SUPPORT_ERRORS_H_

#include <gmock/gmock.h>
#include <grpcpp/support/status.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/status.h"

namespace rsca::support {

// A gRPC status for test output: code, message, reason, fields.
std::string Describe(const grpc::Status& status);

// A value of `ErrorInfo.metadata`, or empty.
std::string Metadata(const grpc::Status& status, const std::string& key);

// The fields of `BadRequest`.
std::vector<std::string> FieldViolations(const grpc::Status& status);

// Code, `ErrorInfo.reason`, domain `rsca`, and a message.
MATCHER_P2(IsError, code, reason, absl::StatusCodeToString(code) + " [" + reason + "]") {
  *result_listener << Describe(arg);
  return static_cast<absl::StatusCode>(arg.error_code()) == code &&
         ErrorReason(FromGrpcStatus(arg)) == reason && !arg.error_message().empty();
}

MATCHER(IsOk, "") {
  *result_listener << Describe(arg);
  return arg.ok();
}

}  // namespace rsca::support

#endif  // RSCA_TESTS_SUPPORT_ERRORS_H_
