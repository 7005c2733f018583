#include "client/cli/arguments.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/suggest.h"
#include "common/utf.h"

namespace rsca::cli {
namespace {

// The most that a server's configuration can allow (`limits.arguments_bytes`).
constexpr size_t kMaxDocumentBytes = 1 << 20;

absl::Status UsageError(const std::string& message) { return absl::InvalidArgumentError(message); }

absl::StatusOr<std::string> ReadAll(int descriptor, const std::string& what) {
  std::string text;
  std::array<char, 16384> buffer;
  for (;;) {
    const ssize_t count = read(descriptor, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return UsageError(absl::StrCat("cannot read ", what, ": ", strerror(errno)));
    if (count == 0) return text;
    text.append(buffer.data(), static_cast<size_t>(count));
    if (text.size() > kMaxDocumentBytes) {
      return UsageError(absl::StrCat(what, " is longer than 1 MiB, the most that a server takes"));
    }
  }
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    return UsageError(absl::StrCat("cannot open `", path, "`: ", strerror(errno)));
  }
  absl::StatusOr<std::string> text = ReadAll(descriptor, absl::StrCat("`", path, "`"));
  close(descriptor);
  return text;
}

// `text` as a value of one JSON type, or nothing.
std::optional<Json> As(std::string_view type, const std::string& text) {
  if (type == "string") return Json(text);
  Json value = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (value.is_discarded()) return std::nullopt;
  const bool fits =
      (type == "integer" && value.is_number_integer()) || (type == "number" && value.is_number()) ||
      (type == "boolean" && value.is_boolean()) || (type == "array" && value.is_array()) ||
      (type == "object" && value.is_object()) || (type == "null" && value.is_null());
  if (!fits) return std::nullopt;
  return value;
}

std::string Article(const std::string& type_text) {
  const bool vowel = type_text.find_first_of("aeio") == 0;
  return absl::StrCat(vowel ? "an " : "a ", type_text);
}

absl::StatusOr<Json> Convert(const SchemaView& schema, const std::string& name,
                             const std::string& text) {
  const std::vector<std::string> types = schema.Types();
  std::optional<Json> value;
  if (types.empty()) {
    Json parsed = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    value = parsed.is_discarded() ? Json(text) : std::move(parsed);
  }
  // Strings last: they accept everything.
  for (const char* type : {"null", "boolean", "integer", "number", "array", "object", "string"}) {
    if (!value.has_value() && schema.Allows(type)) value = As(type, text);
  }
  const std::vector<Json> choices = schema.Choices();
  const bool allowed =
      choices.empty() ||
      (value.has_value() && std::find(choices.begin(), choices.end(), *value) != choices.end());
  if (!value.has_value() || !allowed) {
    return UsageError(absl::StrCat("argument `", name, "` must be ", Article(schema.TypeText()),
                                   ", not `", text, "`"));
  }
  return *std::move(value);
}

// Puts the words of one command line into one JSON object.
class Builder {
 public:
  Builder(std::string_view function, const SchemaView& schema)
      : function_(function), schema_(schema) {}

  absl::Status AddWord(const std::string& word) {
    const size_t equals = word.find('=');
    if (equals == std::string::npos || equals == 0) {
      return UsageError(absl::StrCat("`", word, "` is no argument of ", function_,
                                     ": write name=value, or one JSON object", KnownNames()));
    }
    return Assign(&object_, schema_, "", word.substr(0, equals), word.substr(equals + 1));
  }

  absl::Status AddTrailing(const std::vector<std::string>& elements) {
    const std::string name = schema_.TrailingProperty();
    if (name.empty()) {
      return UsageError(absl::StrCat(
          function_, " takes nothing after `--`: it has no argument that is a list of texts",
          KnownNames()));
    }
    if (object_.contains(name)) {
      return UsageError(absl::StrCat("argument `", name, "` is given twice: by name, and by `--`"));
    }
    object_[name] = elements;
    return absl::OkStatus();
  }

  absl::StatusOr<std::string> Finish() const {
    std::vector<std::string> missing;
    for (const std::string& name : schema_.RequiredNames()) {
      if (!object_.contains(name)) missing.push_back(absl::StrCat("`", name, "`"));
    }
    if (!missing.empty()) {
      return UsageError(absl::StrCat(function_, " needs ", absl::StrJoin(missing, ", "),
                                     "; `rsca describe ", function_, "` tells all of them"));
    }
    return object_.dump();
  }

 private:
  // `path` is the way to `object`, with a dot at its end; empty for the arguments themselves.
  absl::Status Assign(Json* object, const SchemaView& schema, const std::string& path,
                      const std::string& key, const std::string& text) {
    if (const auto property = schema.Property(key); property.has_value()) {
      return Put(object, *property, path, key, text);
    }
    const size_t dot = key.find('.');
    const std::string head = key.substr(0, dot);
    const auto outer = schema.Property(head);
    if (dot != std::string::npos && outer.has_value() &&
        (outer->Allows("object") || outer->Types().empty())) {
      Json& inner = (*object)[head];
      if (inner.is_null()) inner = Json::object();
      if (!inner.is_object()) {
        return UsageError(absl::StrCat("argument `", path, head, "` is given twice"));
      }
      return Assign(&inner, *outer, absl::StrCat(path, head, "."), key.substr(dot + 1), text);
    }
    if (const auto other = schema.OtherProperties(); other.has_value()) {
      return Put(object, *other, path, key, text);
    }
    return UsageError(absl::StrCat(function_, " has no argument `", path, key, "`",
                                   DidYouMean(key, schema.PropertyNames()), KnownNames()));
  }

  static absl::Status Put(Json* object, const SchemaView& schema, const std::string& path,
                          const std::string& key, const std::string& text) {
    const std::string name = absl::StrCat(path, key);
    const bool element = schema.Allows("array") && text.rfind('[', 0) != 0;
    if (object->contains(key) && !(element && (*object)[key].is_array())) {
      return UsageError(absl::StrCat("argument `", name, "` is given twice"));
    }
    const absl::StatusOr<Json> value = Convert(element ? schema.Items() : schema, name, text);
    if (!value.ok()) return value.status();
    if (element) {
      (*object)[key].push_back(*value);
    } else {
      (*object)[key] = *value;
    }
    return absl::OkStatus();
  }

  std::string KnownNames() const {
    const std::vector<std::string> names = schema_.PropertyNames();
    if (names.empty()) return absl::StrCat(" (", function_, " has no arguments)");
    return absl::StrCat("\n  arguments of ", function_, ": ", absl::StrJoin(names, ", "));
  }

  const std::string function_;
  const SchemaView schema_;
  Json object_ = Json::object();
};

absl::Status CheckJson(const std::string& text) {
  try {
    const Json parsed = Json::parse(text);
    if (parsed.is_object()) return absl::OkStatus();
    return UsageError("the arguments must be a JSON object, such as {\"path\":\"/etc/hosts\"}");
  } catch (const Json::parse_error& error) {
    // What comes before is the library's number for it.
    const std::string_view what = error.what();
    return UsageError(absl::StrCat("the arguments are no valid JSON: ",
                                   std::string(what.substr(what.find("] ") + 2))));
  }
}

}  // namespace

absl::StatusOr<std::string> ReadBytes(const std::string& path) {
  return path == "-" ? ReadAll(STDIN_FILENO, "standard input") : ReadFile(path);
}

absl::StatusOr<std::optional<std::string>> ReadDocument(const ArgumentWords& words) {
  if (words.words.size() != 1 || words.trailing.has_value()) return std::nullopt;
  const std::string& word = words.words.front();
  absl::StatusOr<std::string> text = word;
  if (word == "-") {
    text = ReadBytes(word);
  } else if (word.rfind('@', 0) == 0) {
    text = ReadFile(word.substr(1));
  } else if (word.rfind('{', 0) != 0) {
    return std::nullopt;
  }
  if (!text.ok()) return text.status();
  return *std::move(text);
}

absl::StatusOr<std::string> BuildArguments(std::string_view function, const SchemaView& schema,
                                           const ArgumentWords& words) {
  Builder builder(function, schema);
  for (const std::string& word : words.words) {
    const absl::Status added = builder.AddWord(word);
    if (!added.ok()) return added;
  }
  if (words.trailing.has_value()) {
    const absl::Status added = builder.AddTrailing(*words.trailing);
    if (!added.ok()) return added;
  }
  return builder.Finish();
}

absl::StatusOr<std::string> ArgumentsFor(std::string_view function, std::string_view schema_text,
                                         const ArgumentWords& words) {
  std::vector<std::string> all = words.words;
  if (words.trailing.has_value()) {
    all.insert(all.end(), words.trailing->begin(), words.trailing->end());
  }
  for (const std::string& word : all) {
    if (!IsUtf8(word)) return UsageError("the arguments are not UTF-8; only text can be sent");
  }
  const absl::StatusOr<std::optional<std::string>> document = ReadDocument(words);
  if (!document.ok()) return document.status();
  if (document->has_value() && !IsUtf8(**document)) {
    return UsageError("the arguments are not UTF-8; only text can be sent");
  }
  if (schema_text.empty()) return document->has_value() ? **document : absl::StrJoin(all, " ");
  if (document->has_value()) {
    const absl::Status valid = CheckJson(**document);
    if (!valid.ok()) return valid;
    return **document;
  }
  const absl::StatusOr<Json> schema = ParseSchema(schema_text);
  if (!schema.ok()) return schema.status();
  return BuildArguments(function, SchemaView(&*schema), words);
}

}  // namespace rsca::cli
