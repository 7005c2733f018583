#include "server/managers/syslog/structured_data.h"

#include <algorithm>
#include <cstddef>

namespace rsca::managers::syslog {
namespace {

bool Take(std::string_view* text, char c) {
  if (text->empty() || text->front() != c) return false;
  text->remove_prefix(1);
  return true;
}

// SD-NAME: printable ASCII but `=`, ` `, `]` and `"`. Empty: there is none.
std::string_view TakeName(std::string_view* text) {
  const auto* end = std::find_if_not(text->begin(), text->end(), [](char c) {
    return c > ' ' && c < 0x7f && c != '=' && c != ']' && c != '"';
  });
  const auto size = static_cast<size_t>(end - text->begin());
  const std::string_view name = text->substr(0, size);
  text->remove_prefix(size);
  return name;
}

// What stands up to the closing quote. False without one, or with a bare `]`.
bool TakeValue(std::string_view* text, std::string* value) {
  while (!text->empty()) {
    const char c = text->front();
    text->remove_prefix(1);
    if (c == '"') return true;
    if (c == ']') return false;
    const bool escapes = c == '\\' && !text->empty() &&
                         (text->front() == '"' || text->front() == '\\' || text->front() == ']');
    value->push_back(escapes ? text->front() : c);
    if (escapes) text->remove_prefix(1);
  }
  return false;
}

std::string TakeParameter(std::string_view* text, StructuredElement* element) {
  const std::string_view name = TakeName(text);
  if (name.empty()) return "no parameter name after the space";
  std::string value;
  if (!Take(text, '=') || !Take(text, '"') || !TakeValue(text, &value)) {
    return "the parameter " + std::string(name) + " has no quoted value";
  }
  element->parameters.emplace_back(name, std::move(value));
  return "";
}

std::string TakeElement(std::string_view* text, std::vector<StructuredElement>* elements) {
  const std::string id(TakeName(text));
  if (id.empty()) return "no name after the bracket";
  const bool again = std::any_of(elements->begin(), elements->end(),
                                 [&](const auto& element) { return element.id == id; });
  if (again) return "the element " + id + " comes twice";
  StructuredElement& element = elements->emplace_back();
  element.id = id;
  while (Take(text, ' ')) {
    std::string problem = TakeParameter(text, &element);
    if (!problem.empty()) return problem;
  }
  return Take(text, ']') ? "" : "the element " + id + " has no end";
}

}  // namespace

std::string TakeStructuredData(std::string_view* text, std::vector<StructuredElement>* elements) {
  if (Take(text, '-')) return "";
  if (text->empty() || text->front() != '[') return "neither - nor an element";
  while (Take(text, '[')) {
    std::string problem = TakeElement(text, elements);
    if (!problem.empty()) return problem;
  }
  return "";
}

}  // namespace rsca::managers::syslog
