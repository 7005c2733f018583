#include "server/managers/syslog/record.h"

#include <nlohmann/json.hpp>

#include "absl/strings/escaping.h"

namespace rsca::managers::syslog {
namespace {

using Json = nlohmann::ordered_json;

// A parameter that comes again has all its values in an array.
Json StructuredDataJson(const std::vector<StructuredElement>& elements) {
  Json result = Json::object();
  for (const StructuredElement& element : elements) {
    Json& parameters = result[element.id] = Json::object();
    for (const auto& [name, value] : element.parameters) {
      Json& slot = parameters[name];
      if (slot.is_null()) {
        slot = value;
      } else if (slot.is_array()) {
        slot.push_back(value);
      } else {
        slot = Json::array({slot, value});
      }
    }
  }
  return result;
}

void Set(Json* json, const char* name, const std::string& value) {
  if (!value.empty()) (*json)[name] = value;
}

}  // namespace

std::string TimeText(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", time, absl::UTCTimeZone());
}

std::string MessageJson(uint64_t number, const Origin& origin, const Message& message,
                        std::string_view bytes) {
  Json json = {{"event", "message"},
               {"number", number},
               {"received", TimeText(origin.received)},
               {"channel", origin.channel},
               {"protocol", origin.protocol},
               {"peer", origin.peer},
               {"format", FormatName(message.format)}};
  if (message.facility) json["facility"] = FacilityName(*message.facility);
  if (message.severity) json["severity"] = SeverityName(*message.severity);
  Set(&json, "timestamp", message.timestamp);
  Set(&json, "host", message.host);
  Set(&json, "app", message.app);
  Set(&json, "procid", message.procid);
  Set(&json, "msgid", message.msgid);
  if (!message.structured_data.empty()) {
    json["structured_data"] = StructuredDataJson(message.structured_data);
  }
  json["message"] = message.text;
  Set(&json, "problem", message.problem);
  if (origin.truncated) json["truncated"] = true;
  if (!message.valid_utf8) {
    json["raw_base64"] = absl::Base64Escape(absl::string_view(bytes.data(), bytes.size()));
  }
  return json.dump();
}

}  // namespace rsca::managers::syslog
