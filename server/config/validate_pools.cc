#include <unistd.h>

#include <optional>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/config/files.h"
#include "server/config/installation.h"
#include "server/config/validate.h"

namespace rsca::config {
namespace {

// What names are made of, and how that is said.
struct Alphabet {
  const char* characters;
  const char* description;
};

constexpr Alphabet kPoolName = {"abcdefghijklmnopqrstuvwxyz0123456789-", "a-z, 0-9 and -"};
constexpr Alphabet kManagerName = {
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-",
    "A-Z, a-z, 0-9, _, . and -"};
constexpr size_t kMaxNameBytes = 64;
constexpr size_t kMaxFunctionNameBytes = 256;

bool IsOf(const std::string& text, const char* characters) {
  return text.find_first_not_of(characters) == std::string::npos;
}

bool IsIdentifier(const std::string& text) {
  if (text.empty() || absl::ascii_isdigit(static_cast<unsigned char>(text[0]))) return false;
  for (const char c : text) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) && c != '_') return false;
  }
  return true;
}

bool IsFunctionName(const std::string& text) {
  if (text.empty() || text.size() > kMaxFunctionNameBytes) return false;
  for (const char c : text) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) &&
        std::string("_.-/").find(c) == std::string::npos) {
      return false;
    }
  }
  return true;
}

// An empty name has been reported as missing.
void ValidateName(const std::string& name, const Alphabet& alphabet, const std::string& path,
                  std::set<std::string>* taken, Problems* problems) {
  if (name.empty()) return;
  if (!IsOf(name, alphabet.characters) || name.size() > kMaxNameBytes) {
    problems->Add(path, absl::StrCat("is `", name, "`; allowed are 1 to ", kMaxNameBytes,
                                     " characters of ", alphabet.description));
  } else if (!taken->insert(name).second) {
    problems->Add(path, absl::StrCat("is `", name, "`, which is taken; names must be unique"));
  }
}

void ValidateLibrary(const v1::ProtocolManager& manager, const std::string& path,
                     Problems* problems) {
  const std::optional<std::string> why = WhyUnusable(manager.library(), R_OK);
  if (!why.has_value() || manager.name().empty()) return;
  const std::string field = path + ".library";
  if (problems->HasPlace(field)) {
    problems->Add(field, absl::StrCat("the shared library cannot be read: ", *why));
  } else {
    problems->Add(
        field, absl::StrCat("`", manager.name(), "` is not an installed protocol manager (", *why,
                            "); built in are ", absl::StrJoin(kBuiltInManagers, ", "),
                            ", others need the path of their shared library here"));
  }
}

void ValidateFunctions(const v1::ProtocolManager& manager, const std::string& path,
                       std::set<std::string>* taken, Problems* problems) {
  for (int i = 0; i < manager.functions_size(); ++i) {
    const std::string& name = manager.functions(i).name();
    const std::string field = absl::StrCat(path, ".functions[", i, "].name");
    if (name.empty()) continue;  // reported as missing
    if (!IsFunctionName(name)) {
      problems->Add(field, absl::StrCat("is `", name, "`; allowed are 1 to ", kMaxFunctionNameBytes,
                                        " characters of A-Z, a-z, 0-9, _, ., - and /"));
    } else if (!taken->insert(name).second) {
      problems->Add(field, absl::StrCat("is `", name, "`, which another function has"));
    }
  }
}

}  // namespace

void ValidatePools(const v1::ServerConfig& config, Problems* problems) {
  std::set<std::string> pool_names;
  std::set<std::string> function_names;
  for (int i = 0; i < config.pools_size(); ++i) {
    const v1::Pool& pool = config.pools(i);
    const std::string path = absl::StrCat("pools[", i, "]");
    ValidateName(pool.name(), kPoolName, path + ".name", &pool_names, problems);
    if (pool.protocol_managers().empty() && !problems->HasPlace(path + ".protocol_managers")) {
      problems->Add(path + ".protocol_managers", "is missing; a pool needs one at least");
    }
    ValidateSupervision(pool, path, problems);
    std::set<std::string> manager_names;
    for (int j = 0; j < pool.protocol_managers_size(); ++j) {
      const v1::ProtocolManager& manager = pool.protocol_managers(j);
      const std::string manager_path = absl::StrCat(path, ".protocol_managers[", j, "]");
      ValidateName(manager.name(), kManagerName, manager_path + ".name", &manager_names, problems);
      ValidateLibrary(manager, manager_path, problems);
      if (!IsIdentifier(manager.entry_point())) {
        problems->Add(manager_path + ".entry_point",
                      absl::StrCat("is `", manager.entry_point(),
                                   "`; it must be the name of a "
                                   "function that the library exports"));
      }
      ValidateFunctions(manager, manager_path, &function_names, problems);
    }
  }
}

}  // namespace rsca::config
