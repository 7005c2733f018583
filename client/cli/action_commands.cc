// actions, describe, run.
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/argument_schema.h"
#include "client/cli/commands.h"
#include "client/cli/exit_status.h"
#include "client/cli/json_object.h"
#include "client/cli/print_list.h"
#include "client/cli/resource_json.h"
#include "client/cli/table.h"
#include "client/cli/text.h"
#include "common/hresult.h"

namespace rsca::cli {
namespace {

std::string ActionsTable(const std::vector<v1::CustomAction>& actions, const Terminal& terminal) {
  Table table({{"FUNCTION", Fit::kWhole}, {"ANSWERS", Fit::kLeftOut}, "SUMMARY"});
  for (const v1::CustomAction& action : actions) {
    std::string summary = action.summary();
    if (!action.unavailable_reason().empty()) {
      summary = absl::StrCat("(not now: ", action.unavailable_reason(), ") ", summary);
    }
    const bool known = action.answers() != v1::CustomAction::ANSWERS_UNSPECIFIED;
    table.AddRow({action.function(), known ? AnswersWord(action.answers()) : "", summary});
  }
  return table.Render(terminal);
}

std::string ArgumentsTable(const SchemaView& schema, const Terminal& terminal) {
  Table table({{"ARGUMENT", Fit::kWhole}, "TYPE", "REQUIRED", "DEFAULT", "DESCRIPTION"});
  for (const std::string& name : schema.PropertyNames()) {
    const SchemaView property = *schema.Property(name);
    table.AddRow({name, property.TypeText(), schema.Requires(name) ? "yes" : "", property.Default(),
                  property.Description()});
  }
  return table.Render(terminal);
}

std::string Semantics(const v1::CustomAction& action) {
  std::vector<std::string> words;
  if (action.read_only()) words.push_back("read-only");
  if (action.idempotent()) words.push_back("idempotent");
  if (action.restartable()) words.push_back("restartable");
  if (action.at_most_once()) words.push_back("at most once");
  return absl::StrJoin(words, ", ");
}

// A value that the schema itself names where it can, for the example.
std::string ExampleValue(const std::string& name, const SchemaView& property) {
  if (!property.Default().empty()) return property.Default();
  const std::vector<Json> choices = property.Choices();
  if (!choices.empty())
    return choices[0].is_string() ? choices[0].get<std::string>() : choices[0].dump();
  if (property.Allows("integer") || property.Allows("number")) return "1";
  if (property.Allows("boolean")) return "true";
  if (property.Allows("object")) return "'{}'";
  return absl::AsciiStrToUpper(name);
}

std::string ExampleLine(const v1::CustomAction& action, const SchemaView& schema) {
  const bool once = action.answers() == v1::CustomAction::ANSWERS_ONCE;
  std::string line = absl::StrCat("rsca ", once ? "run " : "register ", action.function());
  const std::string trailing = schema.TrailingProperty();
  for (const std::string& name : schema.RequiredNames()) {
    const auto property = schema.Property(name);
    if (name == trailing || !property.has_value()) continue;
    absl::StrAppend(&line, " ", name, "=", ExampleValue(name, *property));
  }
  if (!trailing.empty()) absl::StrAppend(&line, " -- WORD WORD   (the words are `", trailing, "`)");
  return line;
}

std::string Description(const v1::CustomAction& action, const Terminal& terminal) {
  std::string text = absl::StrCat(Bold(terminal, EscapeControls(action.function())), "  ",
                                  EscapeControls(action.summary()), "\n\n");
  const auto add = [&text](const char* label, const std::string& value) {
    if (!value.empty()) absl::StrAppend(&text, label, EscapeControls(value), "\n");
  };
  const bool known = action.answers() != v1::CustomAction::ANSWERS_UNSPECIFIED;
  add("answers    ", known ? AnswersWord(action.answers()) : "unknown; try register, then run");
  add("responses  ", action.response_content_type());
  add("semantics  ", Semantics(action));
  add("pool       ", absl::StrCat(action.pool(), ", protocol manager ", action.protocol_manager()));
  add("not now    ", action.unavailable_reason());
  const absl::StatusOr<Json> parsed = ParseSchema(action.arguments_schema());
  if (!parsed.ok()) {
    return absl::StrCat(text, "\ntakes any text: rsca register ", EscapeControls(action.function()),
                        " some text\n");
  }
  const SchemaView schema(&*parsed);
  absl::StrAppend(
      &text, "\n",
      schema.PropertyNames().empty() ? "no arguments\n" : ArgumentsTable(schema, terminal),
      "\nexample    ", EscapeControls(ExampleLine(action, schema)), "\n");
  return text;
}

std::string RunOutput(const v1::RunCustomActionResponse& response, Format format,
                      const Terminal& terminal) {
  if (format == Format::kRaw) return response.response();
  if (format != Format::kTable) return absl::StrCat(ToJson(response), "\n");
  std::string text =
      IsJson(response.response()) ? PrettyJson(response.response()) : response.response();
  if (terminal.is_terminal) text = EscapeControls(text, "\n\t");
  if (!text.empty() && text.back() != '\n') text += '\n';
  return text;
}

}  // namespace

int ListActions(Session* session) {
  if (const auto failed = session->Connect(); failed.has_value()) return *failed;
  return PrintList(session, session->client().ListCustomActions(session->CallOptions()),
                   ActionsTable, &v1::CustomAction::function);
}

int DescribeAction(Session* session) {
  if (const auto failed = session->Connect(); failed.has_value()) return *failed;
  const auto action = session->FindAction(session->options().function);
  if (!action.ok()) return session->Fail(action.status());
  switch (session->options().format) {
    case Format::kTable:
      return session->Finish(Description(*action, session->console().out()));
    case Format::kJson:
    case Format::kJsonLines:
      return session->Finish(absl::StrCat(ToJson(*action), "\n"));
    case Format::kRaw:
      break;
  }
  return session->Finish(action->arguments_schema());
}

int RunAction(Session* session) {
  if (const auto failed = session->Connect(); failed.has_value()) return *failed;
  std::string arguments;
  if (const auto failed = session->FindArguments(&arguments); failed.has_value()) return *failed;
  client::CallOptions call;
  call.timeout = session->options().timeout.value_or(absl::InfiniteDuration());
  const auto response = session->client().Run(session->options().function, arguments, call);
  if (!response.ok()) return session->Fail(response.status());
  const int written =
      session->Finish(RunOutput(*response, session->options().format, session->console().out()));
  if (written != kExitOk || HrSucceeded(response->hr_status())) return written;
  session->console().Error(
      absl::StrCat(session->options().function, " failed: ", HresultText(response->hr_status())));
  return kExitActionFailed;
}

}  // namespace rsca::cli
