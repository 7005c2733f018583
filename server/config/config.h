// The configuration of rscad: a YAML file with the schema of
// protos/rsca/config/v1/server_config.proto, read strictly, completed and checked as a whole.
#ifndef RSCA_SERVER_CONFIG_CONFIG_H_
#define RSCA_SERVER_CONFIG_CONFIG_H_

#include <string>

#include "absl/status/statusor.h"
#include "rsca/config/v1/server_config.pb.h"
#include "server/config/installation.h"

namespace rsca::config {

// Reads a file; an empty `path` stands for the built-in defaults, which are checked just the same.
// Every field of the result is set and every path in it is absolute (relative ones start at the
// file's directory). Errors: NOT_FOUND and the like when the file cannot be read; INVALID_ARGUMENT
// with a line `FILE:LINE:COLUMN: pools[0].name: what is wrong and what is allowed` for each
// problem.
absl::StatusOr<v1::ServerConfig> LoadConfig(
    const std::string& path, const Installation& installation = RunningInstallation());

// The built-in defaults, unchecked.
v1::ServerConfig DefaultConfig(const Installation& installation = RunningInstallation());

// YAML with every value; LoadConfig reads it back to an equal message.
std::string PrintConfig(const v1::ServerConfig& config);

}  // namespace rsca::config

#endif  // RSCA_SERVER_CONFIG_CONFIG_H_
