// The contract's messages as JSON for programs: field names as in the .proto files, 64-bit numbers
// as numbers, values of enums in lower case without their prefix (`worker_crashed`).
#ifndef RSCA_CLIENT_CLI_RESOURCE_JSON_H_
#define RSCA_CLIENT_CLI_RESOURCE_JSON_H_

#include <string>
#include <string_view>

#include "rsca/client/result_stream.h"
#include "rsca/v1/custom_action.pb.h"
#include "rsca/v1/custom_actions.pb.h"
#include "rsca/v1/registration.pb.h"

namespace rsca::cli {

// `arguments_schema` is an object, not a text.
std::string ToJson(const v1::CustomAction& action);

std::string ToJson(const v1::Registration& registration);

// `{"event":"registered","registration":{...}}`.
std::string RegisteredEventJson(const v1::Registration& registration);

// `event` is `result` or `interruption`. A result has its response in one of three ways:
// `response` as JSON, if the content type is JSON and the bytes are; `response` as text, if they
// are UTF-8; else `response_base64`.
std::string ToJson(const client::Event& event, const v1::Registration& registration);

std::string ToJson(const v1::RunCustomActionResponse& response);

// `KIND_TIMED_OUT`, the name of a value of an enum, without its prefix and in lower case; the
// number where this build does not know its name.
std::string EnumWord(const std::string& name, std::string_view prefix, int number);

// `completed`, `worker_crashed`.
std::string OutcomeWord(v1::Outcome::Kind kind);

// `active`.
std::string StateWord(v1::Registration::State state);

// `once`, `many`; `unspecified` for functions of plug-ins without a catalogue.
std::string AnswersWord(v1::CustomAction::Answers answers);

}  // namespace rsca::cli

#endif  // RSCA_CLIENT_CLI_RESOURCE_JSON_H_
