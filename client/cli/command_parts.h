// What the commands of the tree are made from.
#ifndef RSCA_CLIENT_CLI_COMMAND_PARTS_H_
#define RSCA_CLIENT_CLI_COMMAND_PARTS_H_

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "client/cli/options.h"

namespace rsca::cli {

// Those that every command has.
void AddCommonOptions(CLI::App* app, Options* options);

CLI::App* AddCommand(CLI::App* app, Options* options, const std::string& name,
                     const std::string& description, const std::string& footer);

// A command that has commands of its own.
CLI::App* AddGroup(CLI::App* app, Options* options, const std::string& name,
                   const std::string& description, const std::string& footer);

// `name`: such as `--timeout`.
void AddDuration(CLI::App* app, const std::string& name, std::optional<absl::Duration>* value,
                 const std::string& description);

// --after, of `what`; `otherwise`: what comes without it.
void AddAfter(CLI::App* command, Options* options, const std::string& what,
              const std::string& otherwise);

// pool, worker, channel, app.
void AddPoolCommands(CLI::App* app, Options* options);
void AddWorkerCommands(CLI::App* app, Options* options);
void AddChannelCommands(CLI::App* app, Options* options);
void AddAppCommands(CLI::App* app, Options* options);

}  // namespace rsca::cli

#endif  // RSCA_CLIENT_CLI_COMMAND_PARTS_H_
