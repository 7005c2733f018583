// What a function's JSON Schema says about its arguments, as far as a command line needs it. The
// server has the last word on what is valid.
#ifndef RSCA_CLIENT_CLI_ARGUMENT_SCHEMA_H_
#define RSCA_CLIENT_CLI_ARGUMENT_SCHEMA_H_

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace rsca::cli {

using Json = nlohmann::ordered_json;

// The schema of an object or, below it, of one value. Refers to the Json it was made from, which
// must outlive it.
class SchemaView {
 public:
  explicit SchemaView(const Json* schema) : schema_(schema) {}

  // Words of `type`: `string`, `integer`, ...; empty if anything may stand there.
  std::vector<std::string> Types() const;
  bool Allows(std::string_view type) const;

  // `integer`, `array of string`, `string or null`, `any`; then the values of `enum` and the bounds
  // of a number.
  std::string TypeText() const;

  // Values of `enum`, as JSON.
  std::vector<Json> Choices() const;

  // As JSON text; empty if there is none.
  std::string Default() const;
  std::string Description() const;

  // Of an array: what its elements are.
  SchemaView Items() const;

  // Of an object.
  std::vector<std::string> PropertyNames() const;
  std::vector<std::string> RequiredNames() const;
  bool Requires(std::string_view name) const;
  std::optional<SchemaView> Property(std::string_view name) const;

  // Of an object: what members without a `Property` are; nothing if there may be none. A schema
  // that lists properties and says nothing of others is taken to allow no others: a name that is
  // not in the list is far more often a slip than a wish.
  std::optional<SchemaView> OtherProperties() const;

  // Of an object: the property that takes the words after `--`: the first array of strings among
  // the required ones, else among all of them. Empty if there is none.
  std::string TrailingProperty() const;

 private:
  const Json* Member(std::string_view name) const;

  const Json* schema_;
};

// Errors: INVALID_ARGUMENT when the text is no JSON object.
absl::StatusOr<Json> ParseSchema(std::string_view text);

}  // namespace rsca::cli

#endif  // RSCA_CLIENT_CLI_ARGUMENT_SCHEMA_H_
