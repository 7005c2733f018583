#include "server/config/yaml_reader.h"

#include <google/protobuf/descriptor.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <limits>
#include <map>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/config/scalars.h"
#include "server/config/schema.h"
#include "server/config/yaml_document.h"

namespace rsca::config {
namespace {

namespace pb = google::protobuf;

Place PlaceOf(const YAML::Node& node) { return {node.Mark().line + 1, node.Mark().column + 1}; }

std::string Join(const std::string& path, const std::string& key) {
  return path.empty() ? key : absl::StrCat(path, ".", key);
}

std::vector<std::string> FieldNames(const pb::Descriptor& type) {
  std::vector<std::string> names;
  names.reserve(static_cast<size_t>(type.field_count()));
  for (int i = 0; i < type.field_count(); ++i) names.push_back(type.field(i)->name());
  return names;
}

class Reader {
 public:
  explicit Reader(Problems* problems) : problems_(*problems) {}

  void ReadMessage(const YAML::Node& node, const std::string& path, pb::Message* message) {
    // A section whose lines are all commented out says nothing.
    if (!node.IsNull() && !node.IsMap()) {
      problems_.AddAt(PlaceOf(node), path,
                      absl::StrCat("is ", Kind(node), "; `key: value` lines are expected here"));
      return;
    }
    const pb::Descriptor& type = *message->GetDescriptor();
    std::map<std::string, Place> seen;
    for (const auto& entry : node) {
      if (!entry.first.IsScalar()) {
        problems_.AddAt(PlaceOf(entry.first), path, "has a key that is not a word");
        continue;
      }
      const std::string& key = entry.first.Scalar();
      const Place place = PlaceOf(entry.first);
      const auto [first, is_new] = seen.emplace(key, place);
      const pb::FieldDescriptor* field = type.FindFieldByName(key);
      if (!is_new) {
        problems_.AddAt(place, Join(path, key),
                        absl::StrCat("is there twice, first in line ", first->second.line));
      } else if (field == nullptr) {
        problems_.AddAt(place, Join(path, key), Unknown(key, type));
      } else {
        ReadField(entry.second, place, Join(path, key), *field, message);
      }
    }
    for (int i = 0; i < type.field_count(); ++i) {
      const pb::FieldDescriptor& field = *type.field(i);
      if (field.options().GetExtension(v1::required) && seen.count(field.name()) == 0) {
        problems_.Add(Join(path, field.name()), "is missing");
      }
    }
  }

 private:
  static std::string Kind(const YAML::Node& node) {
    if (node.IsMap()) return "a section";
    if (node.IsSequence()) return "a list";
    if (node.IsNull()) return "empty";
    return absl::StrCat("`", node.Scalar(), "`");
  }

  static std::string Unknown(const std::string& key, const pb::Descriptor& type) {
    const std::vector<std::string> names = FieldNames(type);
    const std::string meant = Resembling(key, names);
    if (!meant.empty()) return absl::StrCat("is not known; did you mean `", meant, "`?");
    return absl::StrCat("is not known; known here are ", absl::StrJoin(names, ", "));
  }

  void ReadField(const YAML::Node& node, Place place, const std::string& path,
                 const pb::FieldDescriptor& field, pb::Message* message) {
    problems_.SetPlace(path, place);
    if (field.is_repeated()) {
      ReadList(node, path, field, message);
    } else if (field.cpp_type() == pb::FieldDescriptor::CPPTYPE_MESSAGE && !IsDuration(field)) {
      ReadMessage(node, path, message->GetReflection()->MutableMessage(message, &field));
    } else if (!node.IsScalar()) {
      problems_.AddAt(place, path, absl::StrCat("is ", Kind(node), "; expected ", Expected(field)));
    } else {
      // Quoted and block text carries the tag `!`.
      const Scalar scalar{node.Scalar(), node.Tag() == "!"};
      const std::optional<std::string> wrong = SetScalar(scalar, field, message);
      if (wrong.has_value()) problems_.AddAt(PlaceOf(node), path, *wrong);
    }
  }

  // The schema's lists are lists of messages or of texts.
  void ReadList(const YAML::Node& node, const std::string& path, const pb::FieldDescriptor& field,
                pb::Message* message) {
    if (!node.IsSequence()) {
      problems_.Add(path, absl::StrCat("is ", Kind(node), "; expected a list (`- ` lines)"));
      return;
    }
    // An empty list would mean the same as none, which is not what it looks like.
    const v1::Range* range = FindRange(field);
    const int64_t least = range != nullptr ? std::max<int64_t>(range->min(), 1) : 1;
    const int64_t most = range != nullptr ? range->max() : std::numeric_limits<int64_t>::max();
    const auto size = static_cast<int64_t>(node.size());
    if (size < least || size > most) {
      problems_.Add(path,
                    absl::StrCat("has ", size, " entries; allowed are ", least, " to ", most));
      return;
    }
    for (size_t i = 0; i < node.size(); ++i) {
      const std::string entry = absl::StrCat(path, "[", i, "]");
      problems_.SetPlace(entry, PlaceOf(node[i]));
      if (field.cpp_type() == pb::FieldDescriptor::CPPTYPE_MESSAGE) {
        ReadMessage(node[i], entry, message->GetReflection()->AddMessage(message, &field));
      } else if (!node[i].IsScalar()) {
        problems_.Add(entry, absl::StrCat("is ", Kind(node[i]), "; expected ", Expected(field)));
      } else {
        message->GetReflection()->AddString(message, &field, node[i].Scalar());
      }
    }
  }

  Problems& problems_;
};

}  // namespace

void ReadYaml(const std::string& text, pb::Message* message, Problems* problems) {
  const std::optional<YAML::Node> root = ParseDocument(text, problems);
  if (root.has_value()) Reader(problems).ReadMessage(*root, "", message);
}

}  // namespace rsca::config
