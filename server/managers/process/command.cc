#include "server/managers/process/command.h"

#include <unistd.h>

#include <algorithm>
#include <string_view>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace rsca::managers {
namespace {

constexpr uint64_t kDefaultOutputLimit = 64 << 20;
constexpr char kDefaultPath[] = "/usr/local/bin:/usr/bin:/bin";

bool HasZero(std::string_view text) { return text.find('\0') != std::string_view::npos; }

// The worker's environment with `changes` over it.
std::vector<std::string> Environment(const nlohmann::json& changes) {
  std::vector<std::string> environment;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view variable = *entry;
    if (!changes.contains(variable.substr(0, variable.find('=')))) {
      environment.emplace_back(variable);
    }
  }
  for (const auto& [name, value] : changes.items()) {
    environment.push_back(absl::StrCat(name, "=", value.get<std::string>()));
  }
  return environment;
}

// What cannot be passed to a program; empty if nothing.
std::string Unusable(const Command& command, const nlohmann::json& env) {
  if (std::any_of(command.argv.begin(), command.argv.end(), HasZero)) {
    return "a word of the command has a zero byte";
  }
  if (HasZero(command.cwd)) return "`cwd` has a zero byte";
  for (const auto& [name, value] : env.items()) {
    if (name.empty() || HasZero(name) || absl::StrContains(name, '=') ||
        HasZero(value.get<std::string>())) {
      return absl::StrCat("`env` cannot have the variable `", name,
                          "`: a name is not empty and has no `=`, and neither it nor its value "
                          "has a zero byte");
    }
  }
  return "";
}

}  // namespace

const wchar_t kCommandSchema[] =
    LR"({
  "$schema": "http://json-schema.org/draft-07/schema#",
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "argv": {
      "type": "array", "items": {"type": "string"}, "minItems": 1,
      "description": "The program and its arguments, passed on as they are; no shell sees them. A program without a slash is looked for in PATH. Either this or `shell`."
    },
    "shell": {
      "type": "string", "minLength": 1,
      "description": "A command line for `/bin/sh -c`. Either this or `argv`."
    },
    "cwd": {
      "type": "string", "minLength": 1,
      "description": "The directory to run in. Default: the worker's."
    },
    "env": {
      "type": "object", "additionalProperties": {"type": "string"},
      "description": "Environment variables to set, over those of the worker."
    },
    "stdin": {
      "type": "string",
      "description": "What the command reads from its standard input. Default: nothing."
    },
    "timeout": {
      "type": "number", "exclusiveMinimum": 0, "maximum": 1000000000,
      "description": "Seconds after which the command and all of its process group are ended: SIGTERM, two seconds later SIGKILL. Default: none."
    },
    "output_limit": {
      "type": "integer", "minimum": 0, "default": 67108864,
      "description": "Most bytes of output to report, of both streams together. The command may go on writing; what is beyond is dropped and counted in the final result's `truncated_bytes`."
    }
  },
  "oneOf": [{"required": ["argv"]}, {"required": ["shell"]}]
})";

std::optional<Command> CommandFromArguments(const nlohmann::json& arguments, Failure* failure) {
  Command command;
  if (arguments.contains("argv") == arguments.contains("shell")) {
    *failure = {E_INVALIDARG, "either `argv` or `shell` is needed, and not both"};
    return std::nullopt;
  }
  if (arguments.contains("shell")) {
    command.argv = {"/bin/sh", "-c", arguments["shell"].get<std::string>()};
  } else {
    command.argv = arguments["argv"].get<std::vector<std::string>>();
  }
  command.cwd = arguments.value("cwd", "");
  if (arguments.contains("stdin")) command.input = arguments["stdin"].get<std::string>();
  if (arguments.contains("timeout")) {
    command.timeout = absl::Seconds(arguments["timeout"].get<double>());
  }
  command.output_limit = arguments.value("output_limit", kDefaultOutputLimit);
  const nlohmann::json env = arguments.value("env", nlohmann::json::object());
  const std::string unusable = command.argv.empty() ? "`argv` is empty" : Unusable(command, env);
  if (!unusable.empty()) {
    *failure = {E_INVALIDARG, unusable};
    return std::nullopt;
  }
  command.environment = Environment(env);
  return command;
}

std::vector<std::string> ProgramCandidates(const Command& command) {
  const std::string& program = command.argv[0];
  if (program.empty() || absl::StrContains(program, '/')) return {program};
  absl::string_view path = kDefaultPath;
  for (const std::string& variable : command.environment) {
    if (absl::StartsWith(variable, "PATH=")) path = absl::string_view(variable).substr(5);
  }
  std::vector<std::string> candidates;
  for (const absl::string_view directory : absl::StrSplit(path, ':', absl::SkipEmpty())) {
    candidates.push_back(absl::StrCat(directory, "/", program));
  }
  return candidates;
}

}  // namespace rsca::managers
