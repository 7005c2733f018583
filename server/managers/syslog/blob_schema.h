// The JSON Schemas (draft 7) of listener channels' blobs.
#ifndef RSCA_SERVER_MANAGERS_SYSLOG_BLOB_SCHEMA_H_
#define RSCA_SERVER_MANAGERS_SYSLOG_BLOB_SCHEMA_H_

#include <nlohmann/json.hpp>
#include <string>

#include "server/managers/syslog/channel_config.h"

namespace rsca::managers::syslog {

// What is wrong with the blob, each fault named by its field and separated by `; `. Empty: nothing.
std::string CheckBlob(Protocol protocol, const nlohmann::json& blob);

}  // namespace rsca::managers::syslog

#endif  // RSCA_SERVER_MANAGERS_SYSLOG_BLOB_SCHEMA_H_
