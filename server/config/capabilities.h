// The names of Linux capabilities.
#ifndef RSCA_SERVER_CONFIG_CAPABILITIES_H_
#define RSCA_SERVER_CONFIG_CAPABILITIES_H_

#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"

namespace rsca::config {

// The number of a capability by its name in capabilities(7), such as `CAP_NET_BIND_SERVICE`.
std::optional<uint32_t> CapabilityNumber(absl::string_view name);

}  // namespace rsca::config

#endif  // RSCA_SERVER_CONFIG_CAPABILITIES_H_
