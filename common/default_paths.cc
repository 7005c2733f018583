#include "common/default_paths.h"

#include <unistd.h>

#include <cstdlib>

#include "absl/strings/str_cat.h"

namespace rsca {

std::string DefaultRuntimeDir() {
  if (geteuid() == 0) return "/run/rsca";
  const char* xdg = std::getenv("XDG_RUNTIME_DIR");
  if (xdg != nullptr && *xdg != '\0') return absl::StrCat(xdg, "/rsca");
  return absl::StrCat("/tmp/rsca-", geteuid());
}

std::string DefaultStateDir() {
  if (geteuid() == 0) return "/var/lib/rsca";
  const char* xdg = std::getenv("XDG_STATE_HOME");
  if (xdg != nullptr && *xdg != '\0') return absl::StrCat(xdg, "/rsca");
  const char* home = std::getenv("HOME");
  if (home != nullptr && *home != '\0') return absl::StrCat(home, "/.local/state/rsca");
  return DefaultRuntimeDir();
}

std::string DefaultServerAddress() {
  return absl::StrCat("unix:", DefaultRuntimeDir(), "/rscad.sock");
}

}  // namespace rsca
