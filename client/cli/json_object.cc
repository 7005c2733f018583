#include "client/cli/json_object.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace rsca::cli {

void JsonObject::Add(std::string_view key, std::string_view text) {
  AddJson(key, JsonString(text));
}

void JsonObject::Add(std::string_view key, int64_t number) { AddJson(key, absl::StrCat(number)); }

void JsonObject::Add(std::string_view key, uint64_t number) { AddJson(key, absl::StrCat(number)); }

void JsonObject::Add(std::string_view key, bool value) { AddJson(key, value ? "true" : "false"); }

void JsonObject::AddJson(std::string_view key, std::string_view json) {
  if (!members_.empty()) members_ += ',';
  members_ += JsonString(key);
  members_ += ':';
  const size_t begin = members_.size();
  members_.append(json);
  // Inside strings JSON allows no line feed, so each one is white space between tokens.
  std::replace_if(
      members_.begin() + static_cast<std::ptrdiff_t>(begin), members_.end(),
      [](char c) { return c == '\n' || c == '\r'; }, ' ');
}

std::string JsonObject::Text() const { return absl::StrCat("{", members_, "}"); }

std::string JsonString(std::string_view text) {
  using Json = nlohmann::json;
  return Json(std::string(text)).dump(-1, ' ', false, Json::error_handler_t::replace);
}

bool IsJson(std::string_view text) { return nlohmann::json::accept(text.begin(), text.end()); }

std::string JsonArray(const std::vector<std::string>& elements) {
  if (elements.empty()) return "[]\n";
  return absl::StrCat("[\n", absl::StrJoin(elements, ",\n"), "\n]\n");
}

std::string JsonLines(const std::vector<std::string>& elements) {
  std::string lines;
  for (const std::string& element : elements) absl::StrAppend(&lines, element, "\n");
  return lines;
}

std::string PrettyJson(std::string_view json) {
  // Deep nesting would make the output quadratic; beyond this the indent stays.
  constexpr size_t kDeepest = 32;
  std::string pretty;
  size_t depth = 0;
  const auto new_line = [&] { pretty.append("\n").append(2 * std::min(depth, kDeepest), ' '); };
  bool in_string = false;
  bool opened = false;  // the last token was an opening bracket
  for (size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_string) {
      pretty += c;
      if (c == '\\') pretty += json[++i];
      if (c == '"') in_string = false;
      continue;
    }
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') continue;
    if (c == '}' || c == ']') {
      --depth;
      if (!opened) new_line();
    } else if (opened) {
      new_line();
    }
    opened = c == '{' || c == '[';
    if (opened) ++depth;
    in_string = c == '"';
    pretty += c;
    if (c == ',') new_line();
    if (c == ':') pretty += ' ';
  }
  return pretty;
}

}  // namespace rsca::cli
