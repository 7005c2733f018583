// The configuration file of a server under test.
//
//   Config config;
//   config.Pool("default", {"counter", "echo"}).Set("timeouts.register", "500ms");
#ifndef RSCA_TESTS_SUPPORT_CONFIG_H_
#define RSCA_TESTS_SUPPORT_CONFIG_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace rsca::support {

// The path of a test plug-in of tests/plugins/, by its name without `.so`.
std::string PluginPath(const std::string& name);

// A protocol manager of a pool. A name alone means the test plug-in of that name.
struct Manager {
  Manager(const char* plugin);  // NOLINT(google-explicit-constructor)
  Manager(std::string manager_name, std::string manager_library)
      : name(std::move(manager_name)), library(std::move(manager_library)) {}

  std::string name;
  std::string library;  // empty: the built-in protocol manager
  std::string entry_point;
  std::vector<std::string> many;  // functions of a plug-in without catalogue
  std::vector<std::string> once;
};

// `process`, `file`, `host` or `syslog`.
Manager BuiltIn(const std::string& name);

// The plug-in `plain` with its functions.
Manager Plain();

class Config {
 public:
  // `settings`: more keys of the pool and their values, such as {"startup_time_limit", "2s"}.
  Config& Pool(const std::string& name, const std::vector<Manager>& managers,
               const std::map<std::string, std::string>& settings = {});

  // A key of a section, such as `limits.response_bytes`, or one of the top such as `runtime_dir`.
  Config& Set(const std::string& path, const std::string& value);

  // A listener; `settings` such as {"insecure", "true"} or {"tls", "{certificate_file: ...}"}.
  Config& Listen(const std::string& address,
                 const std::map<std::string, std::string>& settings = {});

  bool Has(const std::string& path) const;
  bool HasListeners() const { return !listeners_.empty(); }

  std::string Yaml() const;

 private:
  std::string pools_;
  std::string listeners_;
  std::map<std::string, std::map<std::string, std::string>> sections_;  // "" is the top
};

}  // namespace rsca::support

#endif  // RSCA_TESTS_SUPPORT_CONFIG_H_
