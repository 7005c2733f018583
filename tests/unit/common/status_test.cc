#include "common/status.h"

#include <gtest/gtest.h>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace rsca {
namespace {

absl::Status WithEverything() {
  absl::Status status = MakeError(absl::StatusCode::kInvalidArgument, "INVALID_ARGUMENTS",
                                  "the arguments do not fit", {{"function", "x"}, {"limit", "9"}});
  AddFieldViolation(&status, "argv[0]", "must not be empty");
  AddFieldViolation(&status, "cwd", "must be absolute");
  AddRetryInfo(&status, absl::Milliseconds(1500));
  return status;
}

TEST(Status, CrossesGrpcAndComesBackWhole) {
  const absl::Status before = WithEverything();
  const absl::Status after = FromGrpcStatus(ToGrpcStatus(before));
  EXPECT_EQ(after, before);  // code, message and payloads
  EXPECT_EQ(ErrorReason(after), "INVALID_ARGUMENTS");
  EXPECT_EQ(ErrorMetadata(after, "function"), "x");
  EXPECT_EQ(ErrorMetadata(after, "limit"), "9");
  EXPECT_FALSE(ErrorMetadata(after, "other").has_value());
}

TEST(Status, IsWhatOtherLanguagesExpect) {
  const grpc::Status status = ToGrpcStatus(WithEverything());
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(status.error_message(), "the arguments do not fit");
  google::rpc::Status proto;
  ASSERT_TRUE(proto.ParseFromString(status.error_details()));
  EXPECT_EQ(proto.code(), 3);
  EXPECT_EQ(proto.message(), "the arguments do not fit");
  google::rpc::ErrorInfo info;
  google::rpc::BadRequest request;
  google::rpc::RetryInfo retry;
  for (const auto& detail : proto.details()) {
    detail.UnpackTo(&info) || detail.UnpackTo(&request) || detail.UnpackTo(&retry);
  }
  EXPECT_EQ(info.domain(), "rsca");
  EXPECT_EQ(info.reason(), "INVALID_ARGUMENTS");
  ASSERT_EQ(request.field_violations_size(), 2);
  EXPECT_EQ(request.field_violations(0).field(), "argv[0]");
  EXPECT_EQ(request.field_violations(1).description(), "must be absolute");
  EXPECT_EQ(retry.retry_delay().seconds(), 1);
  EXPECT_EQ(retry.retry_delay().nanos(), 500'000'000);
}

TEST(Status, OkStaysOk) {
  EXPECT_TRUE(ToGrpcStatus(absl::OkStatus()).ok());
  EXPECT_TRUE(FromGrpcStatus(grpc::Status::OK).ok());
}

TEST(Status, EveryCodeStaysItself) {
  for (int code = 1; code <= 16; ++code) {
    const absl::Status status(static_cast<absl::StatusCode>(code), "text");
    EXPECT_EQ(ToGrpcStatus(status).error_code(), code);
    EXPECT_EQ(FromGrpcStatus(ToGrpcStatus(status)), status);
  }
}

TEST(Status, WithoutOrWithBrokenDetailsHasNoReason) {
  EXPECT_EQ(ErrorReason(absl::NotFoundError("x")), "");
  EXPECT_FALSE(ErrorMetadata(absl::NotFoundError("x"), "key").has_value());
  const absl::Status broken =
      FromGrpcStatus(grpc::Status(grpc::StatusCode::NOT_FOUND, "gone", "\xff\xff no proto"));
  EXPECT_EQ(broken.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(broken.message(), "gone");
  EXPECT_EQ(ErrorReason(broken), "");
}

TEST(Status, IsDescribedInOneLineAndOneForEachField) {
  EXPECT_EQ(DescribeError(WithEverything()),
            "INVALID_ARGUMENT: the arguments do not fit [INVALID_ARGUMENTS]\n"
            "  argv[0]: must not be empty\n"
            "  cwd: must be absolute");
  EXPECT_EQ(DescribeError(absl::NotFoundError("no such thing")), "NOT_FOUND: no such thing");
  absl::Status once = absl::InvalidArgumentError("name: is empty");
  AddFieldViolation(&once, "name", "is empty");
  AddFieldViolation(&once, "", "is not one of these");
  EXPECT_EQ(DescribeError(once), "INVALID_ARGUMENT: name: is empty\n  is not one of these");
}

}  // namespace
}  // namespace rsca
