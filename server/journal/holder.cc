#include "server/journal/holder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>

#include "absl/strings/str_cat.h"

namespace rsca::journal {
namespace {

// `process 123 (rscad)`.
std::string WhoHolds(const std::string& path) {
  std::ifstream file(path);
  std::string pid;
  if (!(file >> pid)) return "another process";
  std::ifstream comm(absl::StrCat("/proc/", pid, "/comm"));
  std::string name;
  std::getline(comm, name);
  return absl::StrCat("process ", pid, name.empty() ? "" : absl::StrCat(" (", name, ")"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Holder>> Holder::Take(const std::string& directory) {
  const std::string path = absl::StrCat(directory, "/holder");
  // What the directory's owner may have put there instead is not followed: root may be asking.
  int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  struct stat owner = {};
  if (descriptor >= 0 && geteuid() == 0 && stat(directory.c_str(), &owner) == 0) {
    // Made by root's `rsca-journal`, it must not keep the server out that the directory belongs to.
    static_cast<void>(!fchown(descriptor, owner.st_uid, owner.st_gid));
  } else if (descriptor < 0 && errno == EEXIST) {
    descriptor = open(path.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC);
  }
  // Of a read-only file system, to look at it.
  if (descriptor < 0 && errno == EROFS) {
    descriptor = open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  }
  if (descriptor < 0) return absl::ErrnoToStatus(errno, absl::StrCat("cannot open ", path));
  std::unique_ptr<Holder> holder(new Holder(descriptor));
  if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return absl::ErrnoToStatus(errno, absl::StrCat("cannot lock ", path));
    return absl::FailedPreconditionError(
        absl::StrCat("the journal ", directory, " is in use by ", WhoHolds(path),
                     "; stop that first; a second server has a journal.directory of its own"));
  }
  // A number that is too long to fit on a full disk only makes the message above poorer.
  const std::string pid = absl::StrCat(getpid(), "\n");
  if (ftruncate(descriptor, 0) == 0)
    static_cast<void>(!pwrite(descriptor, pid.data(), pid.size(), 0));
  return holder;
}

Holder::~Holder() { close(descriptor_); }

}  // namespace rsca::journal
