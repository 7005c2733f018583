#include "client/cli/command_parts.h"

#include <map>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "client/cli/command_line.h"
#include "common/default_paths.h"

namespace rsca::cli {
namespace {

absl::Duration ParseDuration(const std::string& text) {
  absl::Duration duration;
  if (!absl::ParseDuration(text, &duration) || duration < absl::ZeroDuration()) {
    throw CLI::ValidationError(absl::StrCat("`", text, "` is no duration: write 500ms, 10s, 5m"));
  }
  return duration;
}

}  // namespace

std::string CommandName(const CLI::App& command) {
  const CLI::App* parent = command.get_parent();
  if (parent == nullptr) return "";
  const std::string outer = CommandName(*parent);
  return absl::StrCat(outer, outer.empty() ? "" : " ", command.get_name());
}

void AddDuration(CLI::App* app, const std::string& name, std::optional<absl::Duration>* value,
                 const std::string& description) {
  app->add_option_function<std::string>(
         name, [value](const std::string& text) { *value = ParseDuration(text); }, description)
      ->type_name("DURATION");
}

void AddCommonOptions(CLI::App* app, Options* options) {
  app->add_option("--server", options->server,
                  absl::StrCat("unix:PATH or HOST:PORT; otherwise the environment's RSCA_SERVER, "
                               "otherwise ",
                               DefaultServerAddress()))
      ->type_name("ADDRESS");
  app->add_option("--ca", options->ca_file,
                  "TLS: authorities that may sign the server's certificate; otherwise the system's")
      ->type_name("FILE");
  app->add_option("--cert", options->certificate_file, "TLS: your certificate, for mutual TLS")
      ->type_name("FILE");
  app->add_option("--key", options->key_file, "TLS: its private key")->type_name("FILE");
  app->add_option("--server-name", options->server_name,
                  "TLS: the name in the server's certificate, if it is not that of the address")
      ->type_name("NAME");
  static const std::map<std::string, Format> kFormats = {{"table", Format::kTable},
                                                         {"json", Format::kJson},
                                                         {"jsonl", Format::kJsonLines},
                                                         {"raw", Format::kRaw}};
  app->add_option_function<std::string>(
         "-o,--output",
         [options](const std::string& text) {
           const auto found = kFormats.find(text);
           if (found == kFormats.end()) {
             throw CLI::ValidationError(
                 absl::StrCat("`", text, "` is no output format: table, json, jsonl or raw"));
           }
           options->format = found->second;
         },
         "table (default): for people; json: one document; jsonl: one object a line;\n"
         "raw: bytes of the responses alone, or names alone")
      ->type_name("FORMAT");
  AddDuration(
      app, "--timeout", &options->timeout,
      "Longest wait; a stream then ends as by Ctrl-C (default 30s; none for run and streams)");
}

CLI::App* AddCommand(CLI::App* app, Options* options, const std::string& name,
                     const std::string& description, const std::string& footer) {
  CLI::App* command = app->add_subcommand(name, description);
  command->group("Commands");
  command->footer(footer);
  command->final_callback([options, command] { options->command = CommandName(*command); });
  AddCommonOptions(command, options);
  return command;
}

CLI::App* AddGroup(CLI::App* app, Options* options, const std::string& name,
                   const std::string& description, const std::string& footer) {
  CLI::App* group = app->add_subcommand(name, description);
  group->group("Commands");
  group->footer(footer);
  group->require_subcommand(1);
  AddCommonOptions(group, options);
  return group;
}

void AddAfter(CLI::App* command, Options* options, const std::string& what,
              const std::string& otherwise) {
  command
      ->add_option_function<std::string>(
          "--after",
          [options](const std::string& text) {
            uint64_t sequence = 0;  // CLI11 would take -1 for the largest number
            if (!absl::SimpleAtoi(text, &sequence)) {
              throw CLI::ValidationError(absl::StrCat("--after: `", text, "` is no sequence"));
            }
            options->after_sequence = sequence;
          },
          absl::StrCat(what, " after this sequence; 0: from the first (default: ", otherwise, ")"))
      ->type_name("N");
}

}  // namespace rsca::cli
