#include "server/worker/confinement.h"

#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "server/worker/capabilities.h"
#include "server/worker/landlock.h"
#include "server/worker/seccomp_filter.h"

namespace rsca::worker {
namespace {

// About what a worker has open before a plug-in opens any.
constexpr uint64_t kLeastOpenFiles = 32;

absl::Status JoinCgroup(int descriptor) {
  if (descriptor == 0) return absl::OkStatus();
  const bool joined = write(descriptor, "0", 1) == 1;
  const int error = errno;
  close(descriptor);
  return joined ? absl::OkStatus() : absl::ErrnoToStatus(error, "cannot join the worker's cgroup");
}

absl::Status SetResourceLimits(const v1::Confinement& confinement) {
  for (const v1::ResourceLimit& limit : confinement.resource_limits()) {
    if (limit.resource() == RLIMIT_NOFILE && limit.value() < kLeastOpenFiles) {
      return absl::InvalidArgumentError(
          absl::StrCat("the worker itself needs ", kLeastOpenFiles,
                       " open files; raise `open_files` in `resource_limits`"));
    }
    const rlimit value = {limit.value(), limit.value()};
    if (setrlimit(static_cast<__rlimit_resource_t>(limit.resource()), &value) != 0) {
      return absl::ErrnoToStatus(
          errno, absl::StrCat("cannot set resource limit ", limit.resource(), " to ", limit.value(),
                              "; it is above the server's own: lower it in `resource_limits`, or "
                              "raise the server's (LimitNOFILE= and the like)"));
    }
  }
  return absl::OkStatus();
}

// What login would set; the server's own would lead programs to files that they may not read.
void SetUserEnvironment(uid_t uid) {
  const passwd* user = getpwuid(uid);
  if (user == nullptr) {
    for (const char* name : {"HOME", "USER", "LOGNAME", "SHELL"}) unsetenv(name);
    return;
  }
  setenv("HOME", user->pw_dir, 1);
  setenv("USER", user->pw_name, 1);
  setenv("LOGNAME", user->pw_name, 1);
  setenv("SHELL", user->pw_shell, 1);
}

absl::Status CannotBecome(const char* call, uint32_t id) {
  return absl::ErrnoToStatus(
      errno, absl::StrCat(call, " to ", id,
                          " failed; a pool with a `user` needs a server that runs as root"));
}

absl::Status BecomeUser(const v1::Confinement& confinement) {
  if (!confinement.has_uid()) return absl::OkStatus();
  const uid_t uid = confinement.uid();
  const gid_t gid = confinement.gid();
  SetUserEnvironment(uid);
  const std::vector<gid_t> groups(confinement.supplementary_gids().begin(),
                                  confinement.supplementary_gids().end());
  if (setgroups(groups.size(), groups.data()) != 0) return CannotBecome("setgroups", gid);
  if (setresgid(gid, gid, gid) != 0) return CannotBecome("setresgid", gid);
  if (setresuid(uid, uid, uid) != 0) return CannotBecome("setresuid", uid);
  // Once root's, a folder such as /root is no place to run commands in.
  if (access(".", X_OK) != 0 && chdir("/") != 0) return absl::ErrnoToStatus(errno, "chdir to /");
  return absl::OkStatus();
}

// The change of the user took the right to dump core away.
void AllowCoreAgain() {
  rlimit core = {};
  if (getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_max > 0) prctl(PR_SET_DUMPABLE, 1);
}

bool Keeps(const v1::Confinement& confinement, uint32_t capability) {
  const auto& kept = confinement.keep_capabilities();
  return std::find(kept.begin(), kept.end(), capability) != kept.end();
}

absl::Status CheckUser(const v1::Confinement& confinement) {
  if (!confinement.has_uid() || confinement.uid() == 0) return absl::OkStatus();
  // These are the right to become anybody, and were given on purpose.
  if (Keeps(confinement, CAP_SETUID) || Keeps(confinement, CAP_SETGID)) return absl::OkStatus();
  uid_t real = 0;
  uid_t effective = 0;
  uid_t saved = 0;
  getresuid(&real, &effective, &saved);
  const uid_t uid = confinement.uid();
  if (real != uid || effective != uid || saved != uid || setuid(0) == 0 || setgid(0) == 0) {
    return absl::InternalError("root's rights could be had again after the change of the user");
  }
  return absl::OkStatus();
}

absl::Status DropCapabilities(const v1::Confinement& confinement) {
  if (!confinement.drop_capabilities()) return absl::OkStatus();
  CapabilitySet keep = 0;
  for (const uint32_t number : confinement.keep_capabilities()) {
    absl::Status status = AddCapability(number, &keep);
    if (!status.ok()) return status;
  }
  return DropCapabilitiesBut(keep);
}

absl::Status SetNoNewPrivileges() {
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0) return absl::OkStatus();
  return absl::ErrnoToStatus(errno, "PR_SET_NO_NEW_PRIVS");
}

absl::Status RestrictFiles(const v1::Confinement& confinement,
                           const std::vector<std::string>& libraries) {
  if (confinement.read_paths().empty() && confinement.write_paths().empty()) {
    return absl::OkStatus();
  }
  std::vector<AllowedPath> paths = PathsOfWorker();
  // A plug-in that is not there is one that cannot be loaded, which is said elsewhere.
  for (const std::string& path : libraries) paths.push_back({.path = path, .may_be_missing = true});
  for (const std::string& path : confinement.read_paths()) paths.push_back({.path = path});
  for (const std::string& path : confinement.write_paths()) {
    paths.push_back({.path = path, .writable = true});
  }
  return RestrictPaths(paths);
}

}  // namespace

absl::Status Confine(const v1::Confinement& confinement,
                     const std::vector<std::string>& libraries) {
  absl::Status status = JoinCgroup(confinement.cgroup_descriptor());
  if (status.ok()) status = SetResourceLimits(confinement);
  if (status.ok() && confinement.drop_capabilities()) status = KeepCapabilitiesOverUserChange();
  if (status.ok()) status = BecomeUser(confinement);
  if (status.ok()) status = DropCapabilities(confinement);
  if (status.ok()) status = CheckUser(confinement);
  if (status.ok()) status = SetNoNewPrivileges();
  if (status.ok()) status = RestrictFiles(confinement, libraries);
  if (status.ok() && confinement.seccomp()) status = InstallSeccompFilter();
  if (status.ok()) AllowCoreAgain();
  return status;
}

}  // namespace rsca::worker
