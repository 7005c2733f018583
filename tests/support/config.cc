#include "tests/support/config.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

namespace rsca::support {
namespace {

// `limits.response_bytes` as section and key; the section of a key of the top is empty.
std::pair<std::string, std::string> SplitPath(const std::string& path) {
  const size_t dot = path.find('.');
  if (dot == std::string::npos) return {"", path};
  return {path.substr(0, dot), path.substr(dot + 1)};
}

std::string ManagerYaml(const Manager& manager) {
  std::string yaml = absl::StrCat("  - name: ", manager.name, "\n");
  if (!manager.library.empty()) absl::StrAppend(&yaml, "    library: ", manager.library, "\n");
  if (!manager.entry_point.empty()) {
    absl::StrAppend(&yaml, "    entry_point: ", manager.entry_point, "\n");
  }
  if (!manager.many.empty() || !manager.once.empty()) absl::StrAppend(&yaml, "    functions:\n");
  for (const std::string& function : manager.many) {
    absl::StrAppend(&yaml, "    - {name: ", function, ", answers: many}\n");
  }
  for (const std::string& function : manager.once) {
    absl::StrAppend(&yaml, "    - {name: ", function, ", answers: once}\n");
  }
  return yaml;
}

}  // namespace

std::string PluginPath(const std::string& name) {
  return absl::StrCat(RSCA_TEST_PLUGIN_DIR, "/", name, ".so");
}

Manager::Manager(const char* plugin)
    : name(absl::StrReplaceAll(plugin, {{"_", "-"}})), library(PluginPath(plugin)) {}

Manager BuiltIn(const std::string& name) { return {name, ""}; }

Manager Plain() {
  Manager manager("plain");
  manager.many = {"plain.ticks", "plain.news"};
  manager.once = {"plain.tick", "plain.calls"};
  return manager;
}

Config& Config::Pool(const std::string& name, const std::vector<Manager>& managers,
                     const std::map<std::string, std::string>& settings) {
  absl::StrAppend(&pools_, "- name: ", name, "\n");
  for (const auto& [key, value] : settings) absl::StrAppend(&pools_, "  ", key, ": ", value, "\n");
  absl::StrAppend(&pools_, "  protocol_managers:\n");
  for (const Manager& manager : managers) absl::StrAppend(&pools_, ManagerYaml(manager));
  return *this;
}

Config& Config::Set(const std::string& path, const std::string& value) {
  const auto [section, key] = SplitPath(path);
  sections_[section][key] = value;
  return *this;
}

Config& Config::Listen(const std::string& address,
                       const std::map<std::string, std::string>& settings) {
  absl::StrAppend(&listeners_, "- address: \"", address, "\"\n");
  for (const auto& [key, value] : settings) {
    absl::StrAppend(&listeners_, "  ", key, ": ", value, "\n");
  }
  return *this;
}

bool Config::Has(const std::string& path) const {
  const auto [section, key] = SplitPath(path);
  const auto found = sections_.find(section);
  return found != sections_.end() && found->second.count(key) > 0;
}

std::string Config::Yaml() const {
  std::string yaml;
  for (const auto& [section, values] : sections_) {
    if (!section.empty()) absl::StrAppend(&yaml, section, ":\n");
    for (const auto& [key, value] : values) {
      absl::StrAppend(&yaml, section.empty() ? "" : "  ", key, ": ", value, "\n");
    }
  }
  if (!listeners_.empty()) absl::StrAppend(&yaml, "listeners:\n", listeners_);
  if (!pools_.empty()) absl::StrAppend(&yaml, "pools:\n", pools_);
  return yaml;
}

}  // namespace rsca::support
