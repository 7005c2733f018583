#include "server/managers/syslog/blob_schema.h"

#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

namespace rsca::managers::syslog {
namespace {

using nlohmann::json;

constexpr char kUdpSchema[] = R"json({
  "type": "object",
  "properties": {
    "address": {"type": "string", "minLength": 1, "maxLength": 100},
    "max_message_bytes": {"type": "integer", "minimum": 480, "maximum": 65536},
    "receive_buffer_bytes": {"type": "integer", "minimum": 4096, "maximum": 1073741823}
  },
  "required": ["address"],
  "additionalProperties": false
})json";

constexpr char kTcpSchema[] = R"json({
  "type": "object",
  "properties": {
    "address": {"type": "string", "minLength": 1, "maxLength": 100},
    "max_message_bytes": {"type": "integer", "minimum": 480, "maximum": 65536},
    "receive_buffer_bytes": {"type": "integer", "minimum": 4096, "maximum": 1073741823},
    "max_connections": {"type": "integer", "minimum": 1, "maximum": 10000}
  },
  "required": ["address"],
  "additionalProperties": false
})json";

constexpr char kUnixSchema[] = R"json({
  "type": "object",
  "properties": {
    "path": {"type": "string", "minLength": 1, "maxLength": 107},
    "mode": {"type": "string", "minLength": 3, "maxLength": 4},
    "max_message_bytes": {"type": "integer", "minimum": 480, "maximum": 65536}
  },
  "required": ["path"],
  "additionalProperties": false
})json";

const char* SchemaText(Protocol protocol) {
  switch (protocol) {
    case Protocol::kUdp:
      return kUdpSchema;
    case Protocol::kTcp:
      return kTcpSchema;
    case Protocol::kUnix:
      break;
  }
  return kUnixSchema;
}

// `<root>`, `[address]` becomes `address: `.
std::string Field(const std::vector<std::string>& context) {
  std::string field;
  for (size_t i = 1; i < context.size(); ++i) {
    field += (i > 1 ? "." : "") + context[i].substr(1, context[i].size() - 2);
  }
  return field.empty() ? "" : field + ": ";
}

}  // namespace

std::string CheckBlob(Protocol protocol, const json& blob) {
  const json document = json::parse(SchemaText(protocol));
  valijson::Schema schema;
  valijson::SchemaParser parser;
  parser.populateSchema(valijson::adapters::NlohmannJsonAdapter(document), schema);
  valijson::Validator validator;
  valijson::ValidationResults results;
  if (validator.validate(schema, valijson::adapters::NlohmannJsonAdapter(blob), &results)) {
    return "";
  }
  std::string faults;
  for (const valijson::ValidationResults::Error& error : results) {
    // Says again, one level up, what a deeper one says.
    if (error.description.starts_with("Failed to validate against")) continue;
    faults += (faults.empty() ? "" : "; ") + Field(error.context) + error.description;
  }
  return faults;
}

}  // namespace rsca::managers::syslog
