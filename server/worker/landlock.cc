#include "server/worker/landlock.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "common/unique_fd.h"

namespace rsca::worker {
namespace {

// Rights that the headers of Debian 12 do not know yet.
constexpr uint64_t kTruncate = uint64_t{1} << 14;  // since version 3
constexpr uint64_t kIoctlDev = uint64_t{1} << 15;  // since version 5

constexpr uint64_t kFirstVersion = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;
constexpr uint64_t kReadFile = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE;
constexpr uint64_t kWriteFile = LANDLOCK_ACCESS_FS_WRITE_FILE | kTruncate | kIoctlDev;
constexpr uint64_t kReadDirectory = kReadFile | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr uint64_t kWriteDirectory =
    kWriteFile | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
    LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |
    LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_SYM | LANDLOCK_ACCESS_FS_REFER;

uint64_t HandledBy(long version) {
  uint64_t rights = kFirstVersion;
  if (version >= 2) rights |= LANDLOCK_ACCESS_FS_REFER;
  if (version >= 3) rights |= kTruncate;
  if (version >= 5) rights |= kIoctlDev;
  return rights;
}

absl::Status Unavailable(int error) {
  return absl::ErrnoToStatus(
      error, error == EOPNOTSUPP
                 ? "Landlock is switched off in this kernel; boot it with `lsm=landlock,...`, or "
                   "take `read_paths` and `write_paths` out of the configuration"
                 : "this kernel has no Landlock (Linux 5.13 and up), or the container's seccomp "
                   "filter refuses it; take `read_paths` and `write_paths` out of the "
                   "configuration");
}

absl::Status Allow(int ruleset, uint64_t handled, const AllowedPath& allowed) {
  const UniqueFd fd(open(allowed.path.c_str(), O_PATH | O_CLOEXEC));
  if (!fd && allowed.may_be_missing) return absl::OkStatus();
  struct stat info = {};
  if (!fd || fstat(fd.Get(), &info) != 0) {
    return absl::ErrnoToStatus(
        errno, absl::StrCat("cannot allow the path `", allowed.path,
                            "`; correct `read_paths` and `write_paths`, or make it first"));
  }
  const bool directory = S_ISDIR(info.st_mode);
  uint64_t rights = directory ? kReadDirectory : kReadFile;
  if (allowed.writable) rights |= directory ? kWriteDirectory : kWriteFile;
  landlock_path_beneath_attr rule = {};
  rule.allowed_access = rights & handled;
  rule.parent_fd = fd.Get();
  if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0) {
    return absl::OkStatus();
  }
  return absl::ErrnoToStatus(errno, absl::StrCat("landlock_add_rule for `", allowed.path, "`"));
}

}  // namespace

absl::Status RestrictPaths(const std::vector<AllowedPath>& paths) {
  const long version =
      syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (version < 1) return Unavailable(errno);
  landlock_ruleset_attr attributes = {};
  attributes.handled_access_fs = HandledBy(version);
  const UniqueFd ruleset(
      static_cast<int>(syscall(SYS_landlock_create_ruleset, &attributes, sizeof(attributes), 0)));
  if (!ruleset) return absl::ErrnoToStatus(errno, "landlock_create_ruleset");
  for (const AllowedPath& path : paths) {
    absl::Status status = Allow(ruleset.Get(), attributes.handled_access_fs, path);
    if (!status.ok()) return status;
  }
  if (syscall(SYS_landlock_restrict_self, ruleset.Get(), 0) == 0) return absl::OkStatus();
  return absl::ErrnoToStatus(errno, "landlock_restrict_self");
}

std::vector<AllowedPath> PathsOfWorker() {
  std::vector<AllowedPath> paths;
  for (const char* path :
       {"/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache",
        "/etc/localtime", "/usr/share/zoneinfo", "/sys/devices/system/cpu", "/proc/self",
        "/proc/self/exe", "/dev/urandom", "/dev/random", "/dev/zero"}) {
    paths.push_back({.path = path, .may_be_missing = true});
  }
  paths.push_back({.path = "/dev/null", .writable = true, .may_be_missing = true});
  return paths;
}

}  // namespace rsca::worker
