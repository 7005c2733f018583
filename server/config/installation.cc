#include "server/config/installation.h"

#include <filesystem>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"

namespace rsca::config {
namespace {

namespace fs = std::filesystem;

// The first that exists, else the first.
std::string FirstExisting(const std::vector<fs::path>& candidates) {
  std::error_code ignored;
  for (const fs::path& candidate : candidates) {
    if (fs::exists(candidate, ignored)) return candidate.lexically_normal();
  }
  return candidates.front().lexically_normal();
}

}  // namespace

std::string Installation::BuiltInLibrary(absl::string_view name) const {
  const fs::path prefix = fs::path(program_dir) / "..";
  const fs::path file = fs::path("rsca/managers") / absl::StrCat(name, ".so");
  return FirstExisting({prefix / "lib" / file, prefix / RSCA_INSTALL_LIBDIR / file});
}

std::string Installation::WorkerProgram() const {
  const fs::path dir = program_dir;
  return FirstExisting({dir / "rsca-worker", dir / "../libexec/rsca/rsca-worker"});
}

Installation RunningInstallation() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  // Without /proc the checks name what is missing, below the current directory.
  return {error ? fs::current_path(error).string() : program.parent_path().string()};
}

}  // namespace rsca::config
