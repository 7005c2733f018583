// Every refusal has a code, a reason, and the field at fault.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tests/support/calls.h"
#include "tests/support/errors.h"
#include "tests/support/result_stream.h"
#include "tests/support/rscad_process.h"

namespace rsca::support {
namespace {

using absl::StatusCode;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using v1::RegisterCustomActionRequest;

grpc::Status Refusal(const RscadProcess& server, const RegisterCustomActionRequest& request) {
  return ResultStream::Register(server.stub(), request).Finish();
}

grpc::Status Refusal(const RscadProcess& server, const std::string& function,
                     const std::string& arguments) {
  return ResultStream::Register(server.stub(), function, arguments).Finish();
}

void ExpectFieldRefused(const grpc::Status& status, const std::string& field) {
  EXPECT_THAT(status, IsError(StatusCode::kInvalidArgument, "INVALID_REQUEST"));
  EXPECT_THAT(FieldViolations(status), ElementsAre(field));
}

TEST(Refused, AreFunctionNamesThatAreNone) {
  RscadProcess server(Config().Pool("default", {"counter"}));
  for (const std::string& name :
       {std::string(), std::string("two words"), std::string("\u00fc"), std::string("a\0b", 3),
        std::string("a*b"), std::string(257, 'a')}) {
    ExpectFieldRefused(Refusal(server, name, ""), "function");
    ExpectFieldRefused(RunAction(server.stub(), name).status, "function");
  }
  EXPECT_EQ(Metadata(Refusal(server, std::string(257, 'a'), ""), "limit"), "function_name_bytes");
  EXPECT_THAT(Refusal(server, std::string(256, 'a'), ""),
              IsError(StatusCode::kNotFound, "ACTION_NOT_FOUND"));
  EXPECT_THAT(RunAction(server.stub(), "no/such-function_1.0").status,
              IsError(StatusCode::kNotFound, "ACTION_NOT_FOUND"));
}

TEST(Refused, AreArgumentsThatAreTooLongOrHoldAZero) {
  RscadProcess server(Config().Pool("default", {"echo", "never_final"}));
  EXPECT_EQ(RunAction(server.stub(), "echo", std::string(65536, 'a')).response.response().size(),
            65536u);
  for (const grpc::Status& status :
       {RunAction(server.stub(), "echo", std::string(65537, 'a')).status,
        Refusal(server, "never_final", std::string(65537, 'a'))}) {
    ExpectFieldRefused(status, "arguments");
    EXPECT_EQ(Metadata(status, "limit"), "arguments_bytes");
  }
  ExpectFieldRefused(RunAction(server.stub(), "echo", std::string("a\0b", 3)).status, "arguments");
}

TEST(Refused, AreFieldsOutOfTheirRange) {
  RscadProcess server(Config().Pool("default", {"counter"}));
  RegisterCustomActionRequest good;
  good.set_function("counter");

  RegisterCustomActionRequest request = good;
  request.set_request_id("not-a-uuid");
  ExpectFieldRefused(Refusal(server, request), "request_id");

  request = good;
  request.set_max_results_per_message(1001);
  ExpectFieldRefused(Refusal(server, request), "max_results_per_message");

  request = good;
  request.mutable_heartbeat_interval()->set_nanos(500'000'000);
  ExpectFieldRefused(Refusal(server, request), "heartbeat_interval");

  for (const int64_t seconds : {int64_t{-1}, int64_t{3601}, int64_t{1} << 60}) {
    request = good;
    request.mutable_detach_grace()->set_seconds(seconds);
    ExpectFieldRefused(Refusal(server, request), "detach_grace");
  }
}

TEST(Refused, AreNamesThatAreNoNames) {
  RscadProcess server(Config().Pool("default", {"counter"}));
  for (const char* name : {"", "registrations", "customActions/counter"}) {
    ExpectFieldRefused(ResultStream::Attach(server.stub(), name).Finish(), "name");
    ExpectFieldRefused(GetRegistration(server.stub(), name).status, "name");
  }
  const auto not_found = IsError(StatusCode::kNotFound, "REGISTRATION_NOT_FOUND");
  EXPECT_THAT(ResultStream::Attach(server.stub(), "registrations/0").Finish(), not_found);
  EXPECT_THAT(GetRegistration(server.stub(), "registrations/0").status, not_found);
  EXPECT_THAT(ResultStream::Unregister(server.stub(), v1::UnregisterCustomActionRequest()).Finish(),
              IsError(StatusCode::kInvalidArgument, "INVALID_REQUEST"));
}

TEST(Refused, IsATimeToLiveThatDoesNotFit) {
  RscadProcess server(Config().Pool("default", {"counter"}).Set("journal.max_ttl", "24h"));
  RegisterCustomActionRequest request;
  request.set_function("counter");
  request.mutable_ttl()->set_seconds(60);
  const auto invalid = IsError(StatusCode::kInvalidArgument, "INVALID_REQUEST");
  EXPECT_THAT(Refusal(server, request), invalid) << "without durable";
  request.set_durable(true);
  request.mutable_ttl()->set_seconds(25 * 60 * 60);
  EXPECT_THAT(Refusal(server, request), invalid) << "longer than max_ttl";
  request.mutable_ttl()->set_seconds(60);
  request.mutable_detach_grace()->set_seconds(1);
  EXPECT_THAT(Refusal(server, request), invalid) << "with detach_grace";
  EXPECT_THAT(ListRegistrations(server.stub()), IsEmpty());
}

TEST(Refused, AreArgumentsThatTheSchemaForbidsWithTheirPath) {
  RscadProcess server(Config().Pool("default", {"counter"}));
  const struct {
    const char* arguments;
    const char* field;
  } cases[] = {
      {R"({"count": "three"})", "count"},
      {R"({"count": -1})", "count"},
      {R"({"count": 1, "size": 1e9})", "size"},
      {R"({"inside_register": 1})", "inside_register"},
  };
  for (const auto& [arguments, field] : cases) {
    const grpc::Status status = Refusal(server, "counter", arguments);
    EXPECT_THAT(status, IsError(StatusCode::kInvalidArgument, "INVALID_ARGUMENTS")) << arguments;
    EXPECT_THAT(FieldViolations(status), Contains(field)) << arguments;
    EXPECT_EQ(Metadata(status, "hresult"), "0x80070057");
  }
  for (const char* arguments :
       {R"({"unknown": 1})", "[]", "3", "not json", "{", R"({"count": 1}})"}) {
    const grpc::Status status = Refusal(server, "counter", arguments);
    EXPECT_THAT(status, IsError(StatusCode::kInvalidArgument, "INVALID_ARGUMENTS")) << arguments;
    EXPECT_EQ(FieldViolations(status).size(), 1u) << arguments;
  }
}

TEST(Refused, AreArgumentsOfTheBuiltInActionsWithTheirPath) {
  RscadProcess server;
  grpc::Status status = Refusal(server, "process.exec", R"({"argv": ["true", 5]})");
  EXPECT_THAT(status, IsError(StatusCode::kInvalidArgument, "INVALID_ARGUMENTS"));
  EXPECT_THAT(FieldViolations(status), Contains("argv[1]"));
  status = RunAction(server.stub(), "file.read", R"({})").status;
  EXPECT_THAT(status, IsError(StatusCode::kInvalidArgument, "INVALID_ARGUMENTS"));
  EXPECT_EQ(FieldViolations(status).size(), 1u) << "`path` is missing";
}

TEST(Refused, ByAPluginCarriesItsHresultAndTheCodeThatItMeans) {
  RscadProcess server(Config().Pool("default", {"fails_after_reporting"}));
  const struct {
    uint32_t hresult;
    StatusCode code;
  } cases[] = {
      {0x80070057, StatusCode::kInvalidArgument},    // E_INVALIDARG
      {0x80070005, StatusCode::kPermissionDenied},   // E_ACCESSDENIED
      {0x80070002, StatusCode::kNotFound},           // ERROR_FILE_NOT_FOUND
      {0x80070003, StatusCode::kNotFound},           // ERROR_PATH_NOT_FOUND
      {0x80070490, StatusCode::kNotFound},           // ERROR_NOT_FOUND
      {0x800700b7, StatusCode::kAlreadyExists},      // ERROR_ALREADY_EXISTS
      {0x8007000e, StatusCode::kResourceExhausted},  // E_OUTOFMEMORY
      {0x80070718, StatusCode::kResourceExhausted},  // ERROR_NOT_ENOUGH_QUOTA
      {0x80004001, StatusCode::kUnimplemented},      // E_NOTIMPL
      {0x800705b4, StatusCode::kDeadlineExceeded},   // ERROR_TIMEOUT
      {0x80004004, StatusCode::kCancelled},          // E_ABORT
      {0x800704c7, StatusCode::kCancelled},          // ERROR_CANCELLED
      {0x800700aa, StatusCode::kUnavailable},        // ERROR_BUSY
      {0x8007045b, StatusCode::kUnavailable},        // ERROR_SHUTDOWN_IN_PROGRESS
      {0x8000ffff, StatusCode::kInternal},           // E_UNEXPECTED
      {0x80004005, StatusCode::kInternal},           // E_FAIL
      {0x88888888, StatusCode::kInternal},           // nobody's
  };
  for (const auto& [hresult, code] : cases) {
    const std::string hex = absl::StrFormat("%08x", hresult);
    const grpc::Status registering = Refusal(server, "fails_after_reporting", hex);
    EXPECT_THAT(registering, IsError(code, "PLUGIN_REFUSED")) << hex;
    EXPECT_EQ(Metadata(registering, "hresult"), "0x" + hex);
    const grpc::Status running =
        RunAction(server.stub(), "fails_after_reporting.run_only", hex).status;
    EXPECT_THAT(running, IsError(code, "PLUGIN_REFUSED")) << hex;
    EXPECT_EQ(Metadata(running, "hresult"), "0x" + hex);
  }
  EXPECT_THAT(ListRegistrations(server.stub()), IsEmpty()) << "what was refused never was";
}

TEST(Limits, OnRegistrationsOfOnePrincipalCountTheLivingOnly) {
  RscadProcess server(
      Config().Pool("default", {"counter"}).Set("limits.registrations_per_principal", "2"));
  ResultStream first = ResultStream::Register(server.stub(), "counter", R"({"interval_ms": 10})");
  ResultStream second = ResultStream::Register(server.stub(), "counter", R"({"interval_ms": 10})");
  ASSERT_FALSE(first.name().empty());
  ASSERT_FALSE(second.name().empty());
  const grpc::Status refused = Refusal(server, "counter", "{}");
  EXPECT_THAT(refused, IsError(StatusCode::kResourceExhausted, "LIMIT_EXCEEDED"));
  EXPECT_EQ(Metadata(refused, "limit"), "registrations_per_principal");
  ResultStream::Unregister(server.stub(), first.name()).ReadFinal();
  ResultStream third = ResultStream::Register(server.stub(), "counter", R"({"count": 1})");
  third.ReadFinal();
  EXPECT_THAT(third.Finish(), IsOk()) << "an ended registration takes no place";
}

TEST(Limits, OnAllRegistrations) {
  RscadProcess server(Config().Pool("default", {"counter"}).Set("limits.registrations", "1"));
  ResultStream first = ResultStream::Register(server.stub(), "counter", R"({"interval_ms": 10})");
  ASSERT_FALSE(first.name().empty());
  const grpc::Status refused = Refusal(server, "counter", "{}");
  EXPECT_THAT(refused, IsError(StatusCode::kResourceExhausted, "LIMIT_EXCEEDED"));
  EXPECT_EQ(Metadata(refused, "limit"), "registrations");
}

TEST(Limits, OnTheWindowsOfAllRegistrationsRefuseWhatMightNotFit) {
  RscadProcess server(Config()
                          .Pool("default", {"counter"})
                          .Set("limits.window_bytes", "1048576")
                          .Set("limits.window_bytes_per_registration", "524288")
                          .Set("delivery.credit_bytes", "262144"));
  std::vector<ResultStream> streams;
  grpc::Status refused;
  while (refused.ok() && streams.size() < 10) {
    streams.push_back(ResultStream::Register(server.stub(), "counter", R"({"interval_ms": 10})"));
    if (streams.back().name().empty()) refused = streams.back().Finish();
  }
  EXPECT_THAT(refused, IsError(StatusCode::kResourceExhausted, "LIMIT_EXCEEDED"));
  EXPECT_EQ(Metadata(refused, "limit"), "window_bytes");
  EXPECT_EQ(streams.size(), 5u) << "four times 256 KiB fit";
}

}  // namespace
}  // namespace rsca::support
