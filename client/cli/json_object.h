// A JSON object, written member by member in the order of the calls.
#ifndef RSCA_CLIENT_CLI_JSON_OBJECT_H_
#define RSCA_CLIENT_CLI_JSON_OBJECT_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rsca::cli {

class JsonObject {
 public:
  void Add(std::string_view key, std::string_view text);
  void Add(std::string_view key, const char* text) { Add(key, std::string_view(text)); }
  void Add(std::string_view key, int64_t number);
  void Add(std::string_view key, uint64_t number);
  void Add(std::string_view key, int32_t number) { Add(key, static_cast<int64_t>(number)); }
  void Add(std::string_view key, uint32_t number) { Add(key, static_cast<uint64_t>(number)); }
  void Add(std::string_view key, bool value);

  // `json` must be valid JSON. It is taken over character by character, so numbers keep their
  // digits however large; only line feeds between its tokens become blanks.
  void AddJson(std::string_view key, std::string_view json);

  // `{"a":1,"b":"x"}`, in one line.
  std::string Text() const;

 private:
  std::string members_;
};

// In quotes, with escapes. Bytes that are not UTF-8 become U+FFFD.
std::string JsonString(std::string_view text);

// Whether the text is one valid JSON value.
bool IsJson(std::string_view text);

// `[` elements `]`, one line each.
std::string JsonArray(const std::vector<std::string>& elements);

// The elements, one line each.
std::string JsonLines(const std::vector<std::string>& elements);

// Valid JSON with a line for each member and element, indented by two; numbers and texts as they
// were.
std::string PrettyJson(std::string_view json);

}  // namespace rsca::cli

#endif  // RSCA_CLIENT_CLI_JSON_OBJECT_H_
