#include "server/worker/argument_schema.h"

#include <exception>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <utility>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "server/worker/plain_text.h"
#include "server/worker/schema_cycle.h"

namespace rsca::worker {
namespace {

using nlohmann::json;

// The validator recurses; arguments and schemas nested deeper than this are refused.
constexpr int kMaxDepth = 64;

// std::regex recurses once a character: longer text would overflow the stack.
constexpr size_t kMaxPatternText = 2048;

// Enough to mend the arguments by.
constexpr size_t kMaxViolations = 20;

v1::FieldViolation Violation(std::string_view field, std::string_view description) {
  v1::FieldViolation violation;
  violation.set_field(PlainText(field));
  violation.set_description(PlainText(description));
  return violation;
}

std::string LineAndColumn(std::string_view text, size_t byte) {
  size_t line = 1;
  size_t column = 1;
  for (size_t i = 0; i + 1 < byte && i < text.size(); ++i) {
    column = text[i] == '\n' ? 1 : column + 1;
    line += text[i] == '\n' ? 1 : 0;
  }
  return absl::StrCat("line ", line, ", column ", column);
}

// Null and why, for text that is no JSON or too deep.
std::optional<json> ParseJson(std::string_view text, std::string* error) {
  const auto bound_depth = [](int depth, json::parse_event_t, json&) {
    if (depth > kMaxDepth) throw std::length_error("");
    return true;
  };
  try {
    return json::parse(text.begin(), text.end(), bound_depth);
  } catch (const json::parse_error& parse_error) {
    std::string_view what = parse_error.what();
    // "[json.exception.parse_error.101] parse error at line 1, column 2: <what>"
    const size_t colon = what.find(": ");
    if (colon != std::string_view::npos) what.remove_prefix(colon + 2);
    *error = absl::StrCat("not JSON: ", LineAndColumn(text, parse_error.byte), ": ",
                          absl::string_view(what.data(), what.size()));
  } catch (const std::length_error&) {
    *error = absl::StrCat("nested deeper than ", kMaxDepth, " levels");
  } catch (const std::exception& other) {
    *error = absl::StrCat("not usable as JSON: ", other.what());
  }
  return std::nullopt;
}

// Whether any object in it has one of the keys that make the validator use std::regex.
bool UsesRegex(const json& node) {
  if (node.is_object()) {
    for (const char* key : {"pattern", "patternProperties", "format"}) {
      if (node.contains(key)) return true;
    }
  }
  if (!node.is_structured()) return false;
  for (const json& child : node) {
    if (UsesRegex(child)) return true;
  }
  return false;
}

// The paths of the texts that are too long for std::regex.
void FindLongTexts(const json& node, const std::string& path,
                   std::vector<v1::FieldViolation>* violations) {
  const auto check = [violations](const std::string& text, const std::string& where) {
    if (text.size() <= kMaxPatternText) return;
    violations->push_back(Violation(
        where, absl::StrCat("Text is longer than ", kMaxPatternText,
                            " bytes, the most in a function whose schema has patterns.")));
  };
  if (node.is_string()) check(node.get_ref<const std::string&>(), path);
  if (node.is_array()) {
    for (size_t i = 0; i < node.size(); ++i) {
      FindLongTexts(node[i], absl::StrCat(path, "[", i, "]"), violations);
    }
  }
  if (node.is_object()) {
    for (const auto& [key, value] : node.items()) {
      check(key, path);
      FindLongTexts(value, absl::StrCat(path, path.empty() ? "" : ".", key), violations);
    }
  }
}

// `<root>`, `[argv]`, `[0]` becomes `argv[0]`. An array's index and an object's key look alike in
// the validator's path, so the arguments decide.
std::string FieldPath(const std::vector<std::string>& context, const json& arguments) {
  std::string path;
  const json* node = &arguments;
  for (size_t i = 1; i < context.size(); ++i) {
    const std::string step(absl::StripSuffix(absl::StripPrefix(context[i], "["), "]"));
    if (node != nullptr && node->is_array()) {
      absl::StrAppend(&path, "[", step, "]");
      const size_t index = std::stoul(step);
      node = index < node->size() ? &(*node)[index] : nullptr;
    } else {
      absl::StrAppend(&path, path.empty() ? "" : ".", step);
      node = node != nullptr && node->contains(step) ? &(*node)[step] : nullptr;
    }
  }
  return path;
}

// The validator names a missing or unknown property in its text only.
std::string NamedProperty(std::string_view description) {
  const bool names = description.starts_with("Missing required property '") ||
                     description.starts_with("Object contains a property");
  const size_t first = description.find(": '") != std::string_view::npos
                           ? description.find(": '") + 3
                           : description.find('\'') + 1;
  const size_t last = description.rfind('\'');
  return names && last != std::string_view::npos && last > first
             ? std::string(description.substr(first, last - first))
             : "";
}

// Lines that only say again, one level up, what a deeper one says.
bool IsEcho(std::string_view description) {
  return description.starts_with("Failed to validate against schema associated with") ||
         description.starts_with("Failed to validate against additional properties") ||
         description.starts_with("Failed to validate against child schema") ||
         description.starts_with("Failed to validate item #");
}

v1::FieldViolation ToViolation(const valijson::ValidationResults::Error& error,
                               const json& arguments) {
  std::string path = FieldPath(error.context, arguments);
  const std::string property = NamedProperty(error.description);
  if (!property.empty()) absl::StrAppend(&path, path.empty() ? "" : ".", property);
  if (error.description.starts_with("Object contains a property")) {
    return Violation(path, "There is no such argument.");
  }
  return Violation(path, error.description);
}

}  // namespace

struct ArgumentSchema::Compiled {
  json document;  // the schema refers to it
  valijson::Schema schema;
  bool uses_regex = false;
};

ArgumentSchema::ArgumentSchema(std::unique_ptr<const Compiled> compiled)
    : compiled_(std::move(compiled)) {}

ArgumentSchema::~ArgumentSchema() = default;

std::unique_ptr<const ArgumentSchema> ArgumentSchema::Parse(std::string_view text,
                                                            std::string* error) {
  std::optional<json> document = ParseJson(text, error);
  if (!document.has_value()) return nullptr;
  if (!document->is_object() && !document->is_boolean()) {
    *error = "a JSON Schema is an object";
    return nullptr;
  }
  if (HasSchemaCycle(*document)) {
    *error = "not a JSON Schema: it refers to itself without end";
    return nullptr;
  }
  auto compiled = std::make_unique<Compiled>();
  compiled->document = std::move(*document);
  compiled->uses_regex = UsesRegex(compiled->document);
  try {
    valijson::SchemaParser parser;
    parser.populateSchema(valijson::adapters::NlohmannJsonAdapter(compiled->document),
                          compiled->schema);
  } catch (const std::exception& exception) {
    *error = absl::StrCat("not a JSON Schema: ", exception.what());
    return nullptr;
  }
  return std::unique_ptr<const ArgumentSchema>(new ArgumentSchema(std::move(compiled)));
}

std::vector<v1::FieldViolation> ArgumentSchema::Check(std::string_view arguments) const {
  std::string error;
  const std::optional<json> parsed = ParseJson(arguments, &error);
  if (!parsed.has_value()) return {Violation("", error)};
  std::vector<v1::FieldViolation> violations;
  if (compiled_->uses_regex) FindLongTexts(*parsed, "", &violations);
  if (!violations.empty()) return violations;
  try {
    valijson::ValidationResults results;
    valijson::Validator validator;
    if (validator.validate(compiled_->schema, valijson::adapters::NlohmannJsonAdapter(*parsed),
                           &results)) {
      return {};
    }
    for (const valijson::ValidationResults::Error& found : results) {
      if (IsEcho(found.description)) continue;
      violations.push_back(ToViolation(found, *parsed));
      if (violations.size() == kMaxViolations) break;
    }
    if (violations.empty()) violations.push_back(Violation("", "Does not match the schema."));
  } catch (const std::exception& exception) {
    violations = {Violation("", absl::StrCat("Cannot be checked: ", exception.what()))};
  }
  return violations;
}

}  // namespace rsca::worker
