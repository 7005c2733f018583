#include "server/actions/errors.h"

#include <gtest/gtest.h>

#include <string>

#include "common/hresult.h"
#include "common/status.h"
#include "common/utf.h"

namespace rsca::actions {
namespace {

TEST(FromRefusal, TakesTheCodeFromTheHresultAndNeverHidesTheNumber) {
  workers::Refusal refusal;
  refusal.hresult = static_cast<int32_t>(0x80070005);
  const absl::Status status = FromRefusal("f", refusal);
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(ErrorReason(status), "PLUGIN_REFUSED");
  EXPECT_EQ(ErrorMetadata(status, "hresult"), "0x80070005");
}

TEST(FromRefusal, NamesTheFieldsThatTheSchemaRefuses) {
  workers::Refusal refusal;
  refusal.hresult = kHrInvalidArgument;
  refusal.message = "the arguments do not fit";
  refusal.violations = {{"argv[0]", "is not a string"}};
  const absl::Status status = FromRefusal("f", refusal);
  EXPECT_EQ(ErrorReason(status), "INVALID_ARGUMENTS");
  EXPECT_NE(DescribeError(status).find("argv[0]: is not a string"), std::string::npos);
}

TEST(FromRefusal, StaysBelowWhatPeersAcceptAsHeaders) {
  workers::Refusal refusal;
  refusal.hresult = kHrInvalidArgument;
  for (int i = 0; i < 20'000; ++i) refusal.message += "\xc3\xa9";
  for (int i = 0; i < 500; ++i) {
    refusal.violations.emplace_back(std::string(500, 'p'), std::string(5000, 'd'));
  }
  const absl::Status status = FromRefusal("f", refusal);
  const grpc::Status grpc_status = ToGrpcStatus(status);
  EXPECT_LT(grpc_status.error_message().size() * 3 + grpc_status.error_details().size() * 4 / 3,
            16384U);
  EXPECT_LT(grpc_status.error_details().size() + grpc_status.error_message().size(), 8192U);
  EXPECT_TRUE(IsUtf8(std::string(status.message())));
}

TEST(WorkerCrashed, SaysHow) {
  workers::WorkerExit exit;
  exit.signal = 11;
  EXPECT_EQ(ErrorMetadata(WorkerCrashed(exit), "signal"), "11");
  EXPECT_EQ(ErrorMetadata(WorkerCrashed(exit), "exit_status"), std::nullopt);
  exit.signal = 0;
  exit.exit_status = 3;
  EXPECT_EQ(ErrorMetadata(WorkerCrashed(exit), "exit_status"), "3");
}

}  // namespace
}  // namespace rsca::actions
