#include "server/config/config.h"

#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "server/config/defaults.h"
#include "server/config/files.h"
#include "server/config/problems.h"
#include "server/config/validate.h"
#include "server/config/yaml_printer.h"
#include "server/config/yaml_reader.h"

namespace rsca::config {
namespace {

namespace fs = std::filesystem;

// Makes a path absolute, starting at the configuration file's directory.
void Resolve(const fs::path& dir, std::string* path) {
  if (!path->empty()) *path = (dir / *path).lexically_normal().string();
}

void ResolvePaths(const fs::path& dir, v1::ServerConfig* config) {
  Resolve(dir, config->mutable_runtime_dir());
  Resolve(dir, config->mutable_journal()->mutable_directory());
  Resolve(dir, config->mutable_worker_program());
  for (v1::Listener& listener : *config->mutable_listeners()) {
    if (!listener.has_tls()) continue;
    Resolve(dir, listener.mutable_tls()->mutable_certificate_file());
    Resolve(dir, listener.mutable_tls()->mutable_private_key_file());
    Resolve(dir, listener.mutable_tls()->mutable_client_ca_file());
  }
  for (v1::Pool& pool : *config->mutable_pools()) {
    for (v1::ProtocolManager& manager : *pool.mutable_protocol_managers()) {
      Resolve(dir, manager.mutable_library());
    }
    v1::Sandbox* sandbox = pool.mutable_sandbox();
    for (std::string& path : *sandbox->mutable_read_paths()) Resolve(dir, &path);
    for (std::string& path : *sandbox->mutable_write_paths()) Resolve(dir, &path);
  }
}

}  // namespace

absl::StatusOr<v1::ServerConfig> LoadConfig(const std::string& path,
                                            const Installation& installation) {
  v1::ServerConfig config;
  Problems problems(path.empty() ? "built-in defaults" : path);
  if (!path.empty()) {
    const absl::StatusOr<std::string> text = ReadTextFile(path);
    if (!text.ok()) return text.status();
    ReadYaml(*text, &config, &problems);
    std::error_code error;
    ResolvePaths(fs::absolute(path, error).parent_path(), &config);
    if (error) return absl::NotFoundError(absl::StrCat("no current directory: ", error.message()));
  }
  ApplyDefaults(installation, &config);
  Validate(config, &problems);
  if (!problems.empty()) return problems.ToStatus();
  return config;
}

v1::ServerConfig DefaultConfig(const Installation& installation) {
  v1::ServerConfig config;
  ApplyDefaults(installation, &config);
  return config;
}

std::string PrintConfig(const v1::ServerConfig& config) { return PrintYaml(config); }

}  // namespace rsca::config
