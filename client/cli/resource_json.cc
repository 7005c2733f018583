#include "client/cli/resource_json.h"

#include <google/protobuf/util/time_util.h>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "client/cli/json_object.h"
#include "client/cli/pool_json.h"
#include "common/utf.h"

namespace rsca::cli {
namespace {

using google::protobuf::util::TimeUtil;

bool IsJsonType(const std::string& content_type) {
  const std::string type = absl::AsciiStrToLower(content_type.substr(0, content_type.find(';')));
  return type == "application/json" || absl::EndsWith(type, "+json");
}

void AddResponse(JsonObject* object, const std::string& response, const std::string& content_type) {
  if (IsJsonType(content_type) && IsJson(response)) {
    object->AddJson("response", response);
  } else if (IsUtf8(response)) {
    object->Add("response", response);
  } else {
    object->Add("response_base64", std::string_view(absl::Base64Escape(response)));
  }
}

std::string OutcomeJson(const v1::Outcome& outcome) {
  JsonObject object;
  object.Add("kind", OutcomeWord(outcome.kind()));
  object.Add("message", outcome.message());
  if (outcome.has_worker_exit()) object.AddJson("worker_exit", ToJson(outcome.worker_exit()));
  return object.Text();
}

std::string ResultJson(const v1::Result& result, const std::string& content_type) {
  JsonObject object;
  object.Add("event", "result");
  object.Add("sequence", uint64_t{result.sequence()});
  object.Add("hr_status", result.hr_status());
  object.Add("final", result.final());
  AddResponse(&object, result.response(), content_type);
  object.Add("report_time", TimeUtil::ToString(result.report_time()));
  if (result.has_outcome()) object.AddJson("outcome", OutcomeJson(result.outcome()));
  return object.Text();
}

}  // namespace

std::string EnumWord(const std::string& name, std::string_view prefix, int number) {
  if (name.empty()) return absl::StrCat(number);  // of a newer server
  return absl::AsciiStrToLower(
      absl::StripPrefix(name, absl::string_view(prefix.data(), prefix.size())));
}

std::string OutcomeWord(v1::Outcome::Kind kind) {
  return EnumWord(v1::Outcome::Kind_Name(kind), "KIND_", kind);
}

std::string StateWord(v1::Registration::State state) {
  return EnumWord(v1::Registration::State_Name(state), "STATE_", state);
}

std::string AnswersWord(v1::CustomAction::Answers answers) {
  return EnumWord(v1::CustomAction::Answers_Name(answers), "ANSWERS_", answers);
}

std::string ToJson(const v1::CustomAction& action) {
  JsonObject object;
  object.Add("name", action.name());
  object.Add("function", action.function());
  object.Add("summary", action.summary());
  if (IsJson(action.arguments_schema())) {
    object.AddJson("arguments_schema", action.arguments_schema());
  }
  object.Add("response_content_type", action.response_content_type());
  object.Add("answers", AnswersWord(action.answers()));
  object.Add("read_only", action.read_only());
  object.Add("idempotent", action.idempotent());
  object.Add("restartable", action.restartable());
  object.Add("at_most_once", action.at_most_once());
  object.Add("pool", action.pool());
  object.Add("protocol_manager", action.protocol_manager());
  object.Add("unavailable_reason", action.unavailable_reason());
  return object.Text();
}

std::string ToJson(const v1::Registration& registration) {
  JsonObject object;
  object.Add("name", registration.name());
  object.Add("function", registration.function());
  object.Add("arguments", registration.arguments());
  object.Add("owner", registration.owner());
  object.Add("state", StateWord(registration.state()));
  object.Add("first_sequence", uint64_t{registration.first_sequence()});
  object.Add("last_sequence", uint64_t{registration.last_sequence()});
  object.Add("durable", registration.durable());
  if (registration.has_detach_grace()) {
    object.Add("detach_grace", TimeUtil::ToString(registration.detach_grace()));
  }
  if (registration.has_ttl()) object.Add("ttl", TimeUtil::ToString(registration.ttl()));
  object.Add("request_id", registration.request_id());
  object.Add("result_count", int64_t{registration.result_count()});
  object.Add("result_bytes", int64_t{registration.result_bytes()});
  object.Add("stream_count", registration.stream_count());
  object.Add("window_bytes", int64_t{registration.window_bytes()});
  object.Add("pool", registration.pool());
  object.Add("response_content_type", registration.response_content_type());
  object.Add("create_time", TimeUtil::ToString(registration.create_time()));
  if (registration.has_end_time()) {
    object.Add("end_time", TimeUtil::ToString(registration.end_time()));
  }
  if (registration.has_outcome()) object.AddJson("outcome", OutcomeJson(registration.outcome()));
  return object.Text();
}

std::string RegisteredEventJson(const v1::Registration& registration) {
  JsonObject object;
  object.Add("event", "registered");
  object.AddJson("registration", ToJson(registration));
  return object.Text();
}

std::string ToJson(const client::Event& event, const v1::Registration& registration) {
  if (event.result() != nullptr) {
    return ResultJson(*event.result(), registration.response_content_type());
  }
  JsonObject object;
  object.Add("event", "interruption");
  object.Add("sequence", uint64_t{event.sequence()});
  object.Add("reason", event.interruption()->reason());
  object.Add("interrupt_time", TimeUtil::ToString(event.interruption()->interrupt_time()));
  return object.Text();
}

std::string ToJson(const v1::RunCustomActionResponse& response) {
  JsonObject object;
  object.Add("hr_status", response.hr_status());
  AddResponse(&object, response.response(), response.response_content_type());
  object.Add("response_content_type", response.response_content_type());
  return object.Text();
}

}  // namespace rsca::cli
