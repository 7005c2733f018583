// The commands and options of rsca, in one CLI11 tree: parsing, --help and completion use it.
#ifndef RSCA_CLIENT_CLI_COMMAND_LINE_H_
#define RSCA_CLIENT_CLI_COMMAND_LINE_H_

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/cli/options.h"

namespace rsca::cli {

// The tree. Parsing it fills `options`, which must outlive it.
std::unique_ptr<CLI::App> MakeCommandTree(Options* options);

// The words that name a command of the tree, such as `pool list`; empty for the tree itself.
std::string CommandName(const CLI::App& command);

// Parses `words` (without the program's name). Nothing if the command is to be carried out, with
// `options` filled; else the exit status: help was printed, or what was wrong.
std::optional<int> ParseCommandLine(const std::vector<std::string>& words, Options* options);

}  // namespace rsca::cli

#endif  // RSCA_CLIENT_CLI_COMMAND_LINE_H_
