// The files that a configuration names.
#ifndef RSCA_SERVER_CONFIG_FILES_H_
#define RSCA_SERVER_CONFIG_FILES_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"

namespace rsca::config {

// The whole file, which may be a pipe. Refuses directories and more than 1 MiB.
absl::StatusOr<std::string> ReadTextFile(const std::string& path);

// Says why the path is not a regular file that may be opened for `access` (R_OK, X_OK), if so.
std::optional<std::string> WhyUnusable(const std::string& path, int access);

}  // namespace rsca::config

#endif  // RSCA_SERVER_CONFIG_FILES_H_
