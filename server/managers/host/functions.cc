#include "server/managers/host/functions.h"

#include "server/managers/host/host_info.h"
#include "server/managers/host/metrics_action.h"
#include "server/managers/host/metrics_json.h"

namespace rsca::managers {

Function HostInfoFunction() {
  Function function;
  function.name = L"host.info";
  function.summary =
      L"The host's name, operating system, kernel, processors, memory, boot time and "
      L"virtualisation.";
  function.arguments_schema =
      LR"({
  "$schema": "http://json-schema.org/draft-07/schema#",
  "type": "object",
  "additionalProperties": false
})";
  function.response_content_type = L"application/json";
  function.semantics = RSCA_READ_ONLY | RSCA_IDEMPOTENT | RSCA_RESTARTABLE;
  function.run = [](const nlohmann::json&, Failure*) { return JsonText(HostInfoJson("")); };
  return function;
}

Function HostMetricsFunction() {
  Function function;
  function.name = L"host.metrics";
  function.summary =
      L"Processors, memory, load, disks, file systems, network and pressure, every interval.";
  function.arguments_schema =
      LR"({
  "$schema": "http://json-schema.org/draft-07/schema#",
  "type": "object",
  "properties": {
    "interval_ms": {
      "type": "integer",
      "minimum": 100,
      "maximum": 86400000,
      "default": 1000,
      "description": "Milliseconds from one sample to the next; the first comes after one interval."
    },
    "count": {
      "type": "integer",
      "minimum": 1,
      "maximum": 1000000000,
      "description": "End after so many samples; without it, samples come until it is unregistered."
    }
  },
  "additionalProperties": false
})";
  function.response_content_type = L"application/json";
  function.semantics = RSCA_READ_ONLY | RSCA_IDEMPOTENT | RSCA_RESTARTABLE;
  function.start = [](const nlohmann::json& arguments, Reporter reporter,
                      Failure*) -> std::unique_ptr<Action> {
    const auto interval = absl::Milliseconds(arguments.value("interval_ms", int64_t{1000}));
    const auto count = arguments.value("count", uint64_t{0});
    return std::make_unique<MetricsAction>(interval, count, std::move(reporter));
  };
  return function;
}

}  // namespace rsca::managers
