// Where the server's cgroup is.
#include <fstream>
#include <sstream>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "server/workers/cgroup.h"

namespace rsca::workers {
namespace {

std::string ReadAll(const char* path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// Paths in mountinfo have octal escapes for blanks and the like, which no cgroup mount needs.
struct Mount {
  absl::string_view root;
  absl::string_view point;
};

bool FindMount(absl::string_view mountinfo, Mount* mount) {
  for (const absl::string_view line : absl::StrSplit(mountinfo, '\n')) {
    if (!absl::StrContains(line, " - cgroup2 ")) continue;
    const std::vector<absl::string_view> fields = absl::StrSplit(line, ' ');
    if (fields.size() < 5) continue;
    *mount = {fields[3], fields[4]};
    return true;
  }
  return false;
}

}  // namespace

absl::StatusOr<std::string> FindOwnCgroup(absl::string_view cgroup, absl::string_view mountinfo) {
  Mount mount;
  if (!FindMount(mountinfo, &mount)) return absl::NotFoundError("cgroup v2 is not mounted");
  for (absl::string_view line : absl::StrSplit(cgroup, '\n')) {
    if (!absl::ConsumePrefix(&line, "0::")) continue;
    if (mount.root != "/" && !absl::ConsumePrefix(&line, mount.root)) break;
    if (absl::StartsWith(line, "/..")) break;
    return std::string(absl::StripSuffix(absl::StrCat(mount.point, line), "/"));
  }
  return absl::NotFoundError("the server's cgroup is not in the part of cgroup v2 that is mounted");
}

absl::StatusOr<std::string> FindOwnCgroup() {
  return FindOwnCgroup(ReadAll("/proc/self/cgroup"), ReadAll("/proc/self/mountinfo"));
}

}  // namespace rsca::workers
