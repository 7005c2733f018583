// What rscad assumes where the configuration says nothing.
#ifndef RSCA_SERVER_CONFIG_DEFAULTS_H_
#define RSCA_SERVER_CONFIG_DEFAULTS_H_

#include "rsca/config/v1/server_config.pb.h"
#include "server/config/installation.h"

namespace rsca::config {

// Sets every field that is not set, as the comments of server_config.proto say. `tls` stays absent.
void ApplyDefaults(const Installation& installation, v1::ServerConfig* config);

}  // namespace rsca::config

#endif  // RSCA_SERVER_CONFIG_DEFAULTS_H_
