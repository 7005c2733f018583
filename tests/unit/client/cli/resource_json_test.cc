#include "client/cli/resource_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace rsca::cli {
namespace {

using nlohmann::json;

// The JSON of a result with this response.
json ResultWith(const std::string& response, const std::string& content_type) {
  v1::Registration registration;
  registration.set_response_content_type(content_type);
  v1::Result result;
  result.set_sequence(7);
  result.set_hr_status(-2147467259);
  result.set_response(response);
  result.mutable_report_time()->set_seconds(1);
  return json::parse(ToJson(client::Event(result), registration));
}

TEST(ResultJson, HasTheFieldsOfTheContract) {
  const json result = ResultWith("text", "text/plain");
  EXPECT_EQ(result["event"], "result");
  EXPECT_EQ(result["sequence"], 7);
  EXPECT_EQ(result["hr_status"], -2147467259);
  EXPECT_EQ(result["final"], false);
  EXPECT_EQ(result["report_time"], "1970-01-01T00:00:01Z");
  EXPECT_FALSE(result.contains("outcome"));
}

TEST(ResultJson, EmbedsJsonWhereTheContentTypeSaysSo) {
  EXPECT_EQ(ResultWith(R"({"a":[1]})", "application/json")["response"]["a"][0], 1);
  EXPECT_EQ(ResultWith("{}", "application/problem+json; charset=utf-8")["response"],
            json::object());
  EXPECT_EQ(ResultWith("{}", "text/plain")["response"], "{}");
  EXPECT_EQ(ResultWith("{broken", "application/json")["response"], "{broken");
}

TEST(ResultJson, HasTextAsTextAndBytesInBase64) {
  EXPECT_EQ(ResultWith("zeile\n", "")["response"], "zeile\n");
  const json bytes = ResultWith(std::string("\x00\xff", 2), "text/plain");
  EXPECT_EQ(bytes["response_base64"], "AP8=");
  EXPECT_FALSE(bytes.contains("response"));
}

TEST(ResultJson, OfAFinalResultHasTheOutcome) {
  v1::Result result;
  result.set_final(true);
  result.mutable_outcome()->set_kind(v1::Outcome::KIND_WORKER_CRASHED);
  result.mutable_outcome()->set_message("killed");
  result.mutable_outcome()->mutable_worker_exit()->set_signal(9);
  const json object = json::parse(ToJson(client::Event(result), v1::Registration()));
  EXPECT_EQ(object["outcome"]["kind"], "worker_crashed");
  EXPECT_EQ(object["outcome"]["message"], "killed");
  EXPECT_EQ(object["outcome"]["worker_exit"]["signal"], 9);
}

TEST(InterruptionJson, TakesItsPlaceInTheSequence) {
  v1::Interruption interruption;
  interruption.set_sequence(3);
  interruption.set_reason("a new worker");
  const json object = json::parse(ToJson(client::Event(interruption), v1::Registration()));
  EXPECT_EQ(object["event"], "interruption");
  EXPECT_EQ(object["sequence"], 3);
  EXPECT_EQ(object["reason"], "a new worker");
}

TEST(RegistrationJson, HasNumbersAsNumbersAndStatesAsWords) {
  v1::Registration registration;
  registration.set_name("registrations/1");
  registration.set_state(v1::Registration::STATE_ACTIVE);
  registration.set_last_sequence(18446744073709551615U);
  const json object = json::parse(ToJson(registration));
  EXPECT_EQ(object["state"], "active");
  EXPECT_EQ(object["last_sequence"], 18446744073709551615U);
  EXPECT_FALSE(object.contains("outcome"));
  EXPECT_FALSE(object.contains("end_time"));
  EXPECT_EQ(json::parse(RegisteredEventJson(registration))["registration"], object);
}

TEST(ActionJson, HasTheSchemaAsAnObject) {
  v1::CustomAction action;
  action.set_function("f");
  action.set_answers(v1::CustomAction::ANSWERS_MANY);
  EXPECT_FALSE(json::parse(ToJson(action)).contains("arguments_schema"));
  action.set_arguments_schema("{\n\"type\": \"object\"}");
  const json object = json::parse(ToJson(action));
  EXPECT_EQ(object["arguments_schema"]["type"], "object");
  EXPECT_EQ(object["answers"], "many");
}

TEST(EnumWords, OfANewerServerAreNumbers) {
  EXPECT_EQ(OutcomeWord(static_cast<v1::Outcome::Kind>(99)), "99");
  EXPECT_EQ(OutcomeWord(v1::Outcome::KIND_TIMED_OUT), "timed_out");
}

}  // namespace
}  // namespace rsca::cli
