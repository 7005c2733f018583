// From the configuration, with all defaults in it, to what the folders take.
#ifndef RSCA_SERVER_SERVER_SETTINGS_H_
#define RSCA_SERVER_SERVER_SETTINGS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "rsca/config/v1/server_config.pb.h"
#include "server/actions/types.h"
#include "server/journal/journal.h"
#include "server/rpc/convert.h"
#include "server/workers/pool_options.h"

namespace rsca::server {

absl::Duration ToDuration(const google::protobuf::Duration& duration);
actions::Limits LimitsOf(const config::v1::ServerConfig& config);
journal::JournalOptions JournalOptionsOf(const config::v1::Journal& config);
rpc::StreamDefaults StreamDefaultsOf(const config::v1::ServerConfig& config);
// `config_file`: as given on the command line; may be empty.
workers::WorkerOptions WorkerOptionsOf(const config::v1::ServerConfig& config,
                                       const std::string& config_file);
// Fails when a user or group that the configuration names is not there any more.
absl::StatusOr<std::vector<workers::PoolOptions>> PoolOptionsOf(
    const config::v1::ServerConfig& config);

}  // namespace rsca::server

#endif  // RSCA_SERVER_SERVER_SETTINGS_H_
