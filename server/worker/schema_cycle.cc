#include "server/worker/schema_cycle.h"

#include <exception>
#include <set>
#include <string>
#include <vector>

namespace rsca::worker {
namespace {

using nlohmann::json;

class CycleFinder {
 public:
  explicit CycleFinder(const json& root) : root_(root) {}

  // Whether any node in or under this one leads back to itself.
  bool AnyUnder(const json& node) {
    if (LeadsBack(node)) return true;
    if (!node.is_structured()) return false;
    for (const json& child : node) {
      if (AnyUnder(child)) return true;
    }
    return false;
  }

 private:
  bool LeadsBack(const json& node) {
    if (!node.is_object() || done_.count(&node) > 0) return false;
    if (!path_.insert(&node).second) return true;
    for (const json* next : InPlace(node)) {
      if (LeadsBack(*next)) return true;
    }
    path_.erase(&node);
    done_.insert(&node);
    return false;
  }

  // The schemas that are applied to the same value as this one.
  std::vector<const json*> InPlace(const json& node) const {
    const auto ref = node.find("$ref");
    if (ref != node.end()) {
      const json* target = ref->is_string() ? Resolve(ref->get_ref<const std::string&>()) : nullptr;
      return target == nullptr ? std::vector<const json*>() : std::vector<const json*>{target};
    }
    std::vector<const json*> schemas;
    for (const char* key : {"not", "if", "then", "else"}) {
      if (node.contains(key)) schemas.push_back(&node[key]);
    }
    for (const char* key : {"allOf", "anyOf", "oneOf", "dependencies"}) {
      const auto several = node.find(key);
      if (several == node.end() || !several->is_structured()) continue;
      for (const json& schema : *several) schemas.push_back(&schema);
    }
    return schemas;
  }

  // Null for what the schema parser will refuse.
  const json* Resolve(const std::string& reference) const {
    if (reference.empty() || reference[0] != '#') return nullptr;
    try {
      return &root_.at(json::json_pointer(reference.substr(1)));
    } catch (const std::exception&) {
      return nullptr;
    }
  }

  const json& root_;
  std::set<const json*> path_;
  std::set<const json*> done_;
};

}  // namespace

bool HasSchemaCycle(const json& schema) { return CycleFinder(schema).AnyUnder(schema); }

}  // namespace rsca::worker
