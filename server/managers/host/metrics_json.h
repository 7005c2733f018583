// The response of `host.metrics`: what happened between two readings.
#ifndef RSCA_SERVER_MANAGERS_HOST_METRICS_JSON_H_
#define RSCA_SERVER_MANAGERS_HOST_METRICS_JSON_H_

#include <nlohmann/json.hpp>
#include <string>

#include "server/managers/host/reading.h"

namespace rsca::managers {

// Gauges are those of `now`; rates and fractions are over the time between. What either reading
// lacks is left out; a counter that went back (its device was replaced) counts as unmoved.
nlohmann::ordered_json MetricsJson(const Reading& before, const Reading& now);

// RFC 3339 in UTC with milliseconds.
std::string TimeText(absl::Time time);

// One line. Names of devices and mount points need not be Unicode, JSON must: other bytes become
// U+FFFD.
std::string JsonText(const nlohmann::ordered_json& json);

}  // namespace rsca::managers

#endif  // RSCA_SERVER_MANAGERS_HOST_METRICS_JSON_H_
