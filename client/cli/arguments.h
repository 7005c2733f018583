// From the words of a command line to the arguments of a function.
#ifndef RSCA_CLIENT_CLI_ARGUMENTS_H_
#define RSCA_CLIENT_CLI_ARGUMENTS_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "client/cli/argument_schema.h"

namespace rsca::cli {

// What stood after the function's name.
struct ArgumentWords {
  std::vector<std::string> words;                    // before `--`
  std::optional<std::vector<std::string>> trailing;  // after `--`, if it was there
};

// If the words are a document of their own - one word that is `@FILE`, `-` for standard input, or
// begins with `{` - its text; else nothing. Errors: INVALID_ARGUMENT for a file that cannot be read
// or is larger than any server takes.
absl::StatusOr<std::optional<std::string>> ReadDocument(const ArgumentWords& words);

// The bytes of a file, or of standard input for `-`. Errors as ReadDocument.
absl::StatusOr<std::string> ReadBytes(const std::string& path);

// Builds the JSON object that the `name=value` words mean by the schema of the function:
//  - string: the text as it is; integer, number, boolean, null: as JSON writes them;
//  - array: repeat the name for each element, or one JSON array;
//  - object: a JSON object, or `name.member=value` for each member;
//  - no type: JSON if the text is valid JSON, else a string;
//  - words after `--`: the elements of the schema's TrailingProperty().
// Errors: INVALID_ARGUMENT for unknown names, missing required ones, values of the wrong type.
absl::StatusOr<std::string> BuildArguments(std::string_view function, const SchemaView& schema,
                                           const ArgumentWords& words);

// The arguments of `function` in any of the ways above; `schema_text` is empty for a function that
// takes any text, which then gets the words joined by blanks.
absl::StatusOr<std::string> ArgumentsFor(std::string_view function, std::string_view schema_text,
                                         const ArgumentWords& words);

}  // namespace rsca::cli

#endif  // RSCA_CLIENT_CLI_ARGUMENTS_H_
