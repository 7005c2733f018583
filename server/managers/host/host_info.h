// The response of `host.info`: what does not change while the host runs, and the time it has run.
#ifndef RSCA_SERVER_MANAGERS_HOST_HOST_INFO_H_
#define RSCA_SERVER_MANAGERS_HOST_HOST_INFO_H_

#include <nlohmann/json.hpp>
#include <string>

namespace rsca::managers {

// Reads below `root`: empty for the host itself, a directory in tests. What cannot be found out is
// left out.
nlohmann::ordered_json HostInfoJson(const std::string& root);

}  // namespace rsca::managers

#endif  // RSCA_SERVER_MANAGERS_HOST_HOST_INFO_H_
