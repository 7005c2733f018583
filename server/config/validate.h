// What the schema alone cannot say about a configuration.
#ifndef RSCA_SERVER_CONFIG_VALIDATE_H_
#define RSCA_SERVER_CONFIG_VALIDATE_H_

#include <string>

#include "rsca/config/v1/server_config.pb.h"
#include "server/config/problems.h"

namespace rsca::config {

// Checks a complete configuration against itself and against the files it names. Changes nothing.
void Validate(const v1::ServerConfig& config, Problems* problems);

// The parts of it.
void ValidateListeners(const v1::ServerConfig& config, Problems* problems);
void ValidatePools(const v1::ServerConfig& config, Problems* problems);
// How one pool's workers are supervised, limited and confined. `path` such as `pools[0]`.
void ValidateSupervision(const v1::Pool& pool, const std::string& path, Problems* problems);

}  // namespace rsca::config

#endif  // RSCA_SERVER_CONFIG_VALIDATE_H_
