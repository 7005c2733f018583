#include "server/config/accounts.h"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace rsca::config {
namespace {

// Entries are small; a group of thousands has its members in it.
constexpr size_t kFirstBuffer = 4096;
constexpr size_t kLargestBuffer = 16 << 20;

// Calls a `get..._r` function with a buffer that is large enough. Null when there is no such entry.
template <typename Entry, typename Get>
absl::StatusOr<bool> Find(const Get& get, Entry* entry, std::string* buffer) {
  for (size_t size = kFirstBuffer; size <= kLargestBuffer; size *= 2) {
    buffer->resize(size);
    Entry* found = nullptr;
    const int error = get(entry, buffer->data(), buffer->size(), &found);
    if (error == ERANGE || error == EINTR) continue;
    // Where there is no such entry some services say so by these.
    if (found == nullptr && (error == 0 || error == ENOENT || error == ESRCH)) return false;
    if (error != 0) return absl::ErrnoToStatus(error, "the user database cannot be read");
    return true;
  }
  return absl::OutOfRangeError("an entry of the user database is too large");
}

std::vector<gid_t> GroupsOf(const char* user, gid_t gid) {
  std::vector<gid_t> groups(16);
  while (true) {
    int count = static_cast<int>(groups.size());
    if (getgrouplist(user, gid, groups.data(), &count) >= 0) {
      groups.resize(static_cast<size_t>(count));
      return groups;
    }
    groups.resize(static_cast<size_t>(count));
  }
}

}  // namespace

absl::StatusOr<gid_t> FindGroup(const std::string& group) {
  struct group entry = {};
  std::string buffer;
  absl::StatusOr<bool> found = Find(
      [&group](struct group* result, char* data, size_t size, struct group** end) {
        return getgrnam_r(group.c_str(), result, data, size, end);
      },
      &entry, &buffer);
  if (!found.ok()) return found.status();
  if (*found) return entry.gr_gid;
  gid_t number = 0;
  if (absl::SimpleAtoi(group, &number)) return number;
  return absl::NotFoundError(absl::StrCat("there is no group `", group, "`"));
}

absl::StatusOr<Account> FindAccount(const std::string& user, const std::string& group) {
  Account account;
  account.uid = geteuid();
  account.gid = getegid();
  if (!user.empty()) {
    passwd entry = {};
    std::string buffer;
    uid_t number = 0;
    const bool numeric = absl::SimpleAtoi(user, &number);
    absl::StatusOr<bool> found = Find(
        [&](passwd* result, char* data, size_t size, passwd** end) {
          return numeric ? getpwuid_r(number, result, data, size, end)
                         : getpwnam_r(user.c_str(), result, data, size, end);
        },
        &entry, &buffer);
    if (!found.ok()) return found.status();
    if (!*found) return absl::NotFoundError(absl::StrCat("there is no user `", user, "`"));
    account.uid = entry.pw_uid;
    account.gid = entry.pw_gid;
    account.supplementary_gids = GroupsOf(entry.pw_name, entry.pw_gid);
  }
  if (!group.empty()) {
    const absl::StatusOr<gid_t> gid = FindGroup(group);
    if (!gid.ok()) return gid.status();
    account.gid = *gid;
  }
  return account;
}

}  // namespace rsca::config
