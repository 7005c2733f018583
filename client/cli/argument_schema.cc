#include "client/cli/argument_schema.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace rsca::cli {
namespace {

const Json& Anything() {
  static const Json* const anything = new Json(Json::object());
  return *anything;
}

// A text as it is, anything else as JSON.
std::string Shown(const Json& value) {
  return value.is_string() ? value.get<std::string>()
                           : value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

absl::StatusOr<Json> ParseSchema(std::string_view text) {
  Json schema = Json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  if (!schema.is_object()) {
    return absl::InvalidArgumentError("the server sent an arguments_schema that is no JSON object");
  }
  return schema;
}

const Json* SchemaView::Member(std::string_view name) const {
  if (!schema_->is_object()) return nullptr;
  const auto found = schema_->find(std::string(name));
  return found == schema_->end() ? nullptr : &*found;
}

std::vector<std::string> SchemaView::Types() const {
  std::vector<std::string> types;
  const Json* type = Member("type");
  if (type == nullptr) return types;
  if (type->is_string()) types.push_back(type->get<std::string>());
  if (type->is_array()) {
    for (const Json& one : *type) {
      if (one.is_string()) types.push_back(one.get<std::string>());
    }
  }
  return types;
}

bool SchemaView::Allows(std::string_view type) const {
  const std::vector<std::string> types = Types();
  return std::find(types.begin(), types.end(), type) != types.end();
}

std::string SchemaView::TypeText() const {
  std::vector<std::string> types = Types();
  for (std::string& type : types) {
    if (type != "array") continue;
    const std::vector<std::string> items = Items().Types();
    if (!items.empty()) absl::StrAppend(&type, " of ", absl::StrJoin(items, " or "));
  }
  std::string text = types.empty() ? "any" : absl::StrJoin(types, " or ");
  const std::vector<Json> choices = Choices();
  if (!choices.empty()) {
    absl::StrAppend(&text, ": ",
                    absl::StrJoin(choices, ", ", [](std::string* out, const Json& choice) {
                      out->append(Shown(choice));
                    }));
  }
  const Json* minimum = Member("minimum");
  const Json* maximum = Member("maximum");
  if (minimum != nullptr && maximum != nullptr) {
    absl::StrAppend(&text, " ", Shown(*minimum), "..", Shown(*maximum));
  } else if (minimum != nullptr) {
    absl::StrAppend(&text, " >= ", Shown(*minimum));
  } else if (maximum != nullptr) {
    absl::StrAppend(&text, " <= ", Shown(*maximum));
  }
  return text;
}

std::vector<Json> SchemaView::Choices() const {
  const Json* choices = Member("enum");
  if (choices == nullptr || !choices->is_array()) return {};
  return {choices->begin(), choices->end()};
}

std::string SchemaView::Default() const {
  const Json* value = Member("default");
  return value == nullptr ? "" : value->dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string SchemaView::Description() const {
  const Json* description = Member("description");
  return description != nullptr && description->is_string() ? description->get<std::string>() : "";
}

SchemaView SchemaView::Items() const {
  const Json* items = Member("items");
  return SchemaView(items == nullptr ? &Anything() : items);
}

std::vector<std::string> SchemaView::PropertyNames() const {
  std::vector<std::string> names;
  const Json* properties = Member("properties");
  if (properties == nullptr || !properties->is_object()) return names;
  for (const auto& [name, schema] : properties->items()) names.push_back(name);
  return names;
}

std::vector<std::string> SchemaView::RequiredNames() const {
  std::vector<std::string> names;
  const Json* required = Member("required");
  if (required == nullptr || !required->is_array()) return names;
  for (const Json& name : *required) {
    if (name.is_string()) names.push_back(name.get<std::string>());
  }
  return names;
}

bool SchemaView::Requires(std::string_view name) const {
  const std::vector<std::string> names = RequiredNames();
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::optional<SchemaView> SchemaView::Property(std::string_view name) const {
  const Json* properties = Member("properties");
  if (properties == nullptr || !properties->is_object()) return std::nullopt;
  const auto found = properties->find(std::string(name));
  if (found == properties->end()) return std::nullopt;
  return SchemaView(&*found);
}

std::optional<SchemaView> SchemaView::OtherProperties() const {
  const Json* others = Member("additionalProperties");
  if (others == nullptr) {
    if (Member("properties") != nullptr) return std::nullopt;
    return SchemaView(&Anything());
  }
  if (others->is_object()) return SchemaView(others);
  if (others->is_boolean() && !others->get<bool>()) return std::nullopt;
  return SchemaView(&Anything());
}

std::string SchemaView::TrailingProperty() const {
  std::vector<std::string> names = RequiredNames();
  const std::vector<std::string> all = PropertyNames();
  names.insert(names.end(), all.begin(), all.end());
  for (const std::string& name : names) {
    const std::optional<SchemaView> property = Property(name);
    if (property.has_value() && property->Allows("array") && property->Items().Allows("string")) {
      return name;
    }
  }
  return "";
}

}  // namespace rsca::cli
