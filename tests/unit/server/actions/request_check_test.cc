#include "server/actions/request_check.h"

#include <gtest/gtest.h>

#include <string>

#include "common/status.h"

namespace rsca::actions {
namespace {

Limits TestLimits() {
  Limits limits;
  limits.function_name_bytes = 256;
  limits.arguments_bytes = 100;
  limits.max_detach_grace = absl::Hours(1);
  return limits;
}

TEST(CheckFunctionName, AcceptsWhatTheContractAllows) {
  EXPECT_TRUE(CheckFunctionName("file.tail", TestLimits()).ok());
  EXPECT_TRUE(CheckFunctionName("A-z_0.9/x", TestLimits()).ok());
  EXPECT_TRUE(CheckFunctionName(std::string(256, 'a'), TestLimits()).ok());
}

TEST(CheckFunctionName, RefusesOtherNames) {
  for (const std::string& name : {std::string(), std::string("a b"), std::string("caf\xc3\xa9"),
                                  std::string("a\0b", 3), std::string("a;b")}) {
    const absl::Status status = CheckFunctionName(name, TestLimits());
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << name;
    EXPECT_EQ(ErrorReason(status), "INVALID_REQUEST");
  }
}

TEST(CheckFunctionName, NamesTheLimitThatALongNamePasses) {
  const absl::Status status = CheckFunctionName(std::string(257, 'a'), TestLimits());
  EXPECT_EQ(ErrorMetadata(status, "limit"), "function_name_bytes");
  EXPECT_EQ(ErrorMetadata(status, "allowed"), "256");
}

TEST(CheckArguments, RefusesWhatAPluginCannotBeGiven) {
  EXPECT_TRUE(CheckArguments("", TestLimits()).ok());
  EXPECT_TRUE(CheckArguments("{\"a\":\"\xf0\x9f\x90\x9f\"}", TestLimits()).ok());
  EXPECT_FALSE(CheckArguments("\xff", TestLimits()).ok());
  EXPECT_FALSE(CheckArguments(std::string("a\0b", 3), TestLimits()).ok());
  EXPECT_EQ(ErrorMetadata(CheckArguments(std::string(101, 'x'), TestLimits()), "limit"),
            "arguments_bytes");
}

TEST(CheckRegisterRequest, WantsAUuidAsRequestId) {
  RegisterRequest request;
  request.function = "f";
  for (const char* id :
       {"", "123e4567-e89b-42d3-a456-426614174000", "123E4567-E89B-42D3-A456-426614174000"}) {
    request.request_id = id;
    EXPECT_TRUE(CheckRegisterRequest(request, TestLimits()).ok()) << id;
  }
  for (const char* id :
       {"1", "123e4567e89b42d3a456426614174000", "123e4567-e89b-42d3-a456-42661417400g"}) {
    request.request_id = id;
    EXPECT_FALSE(CheckRegisterRequest(request, TestLimits()).ok()) << id;
  }
}

TEST(CheckRegisterRequest, BoundsTheDetachGrace) {
  RegisterRequest request;
  request.function = "f";
  request.detach_grace = absl::Hours(1);
  EXPECT_TRUE(CheckRegisterRequest(request, TestLimits()).ok());
  request.detach_grace = absl::Hours(1) + absl::Nanoseconds(1);
  EXPECT_FALSE(CheckRegisterRequest(request, TestLimits()).ok());
  request.detach_grace = -absl::Nanoseconds(1);
  EXPECT_FALSE(CheckRegisterRequest(request, TestLimits()).ok());
}

}  // namespace
}  // namespace rsca::actions
