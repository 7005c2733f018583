#include "server/security/socket_directory.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace rsca::security {
namespace {

absl::Status SystemError(int error, const std::string& doing) {
  return absl::ErrnoToStatus(error, doing);
}

// Closes a descriptor at the end of the scope.
class ScopedFd {
 public:
  explicit ScopedFd(int fd) : fd_(fd) {}
  ~ScopedFd() {
    if (fd_ >= 0) close(fd_);
  }
  ScopedFd(const ScopedFd&) = delete;
  ScopedFd& operator=(const ScopedFd&) = delete;
  int get() const { return fd_; }

 private:
  const int fd_;
};

// 0 if somebody listens, else the error of trying to connect.
int TryToConnect(const std::string& socket_path, int* result) {
  sockaddr_un address = {};
  if (socket_path.size() >= sizeof(address.sun_path)) return ENAMETOOLONG;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, socket_path.data(), socket_path.size());
  const ScopedFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (fd.get() < 0) return errno;
  *result = 0;
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    *result = errno;
  }
  return 0;
}

absl::Status RemoveStaleSocket(const std::string& path) {
  int result = 0;
  const int failed = TryToConnect(path, &result);
  if (failed != 0) return SystemError(failed, absl::StrCat("cannot try the socket ", path));
  switch (result) {
    case ECONNREFUSED:  // left behind by a server that was killed
      if (unlink(path.c_str()) == 0 || errno == ENOENT) return absl::OkStatus();
      return SystemError(errno, absl::StrCat("cannot remove the stale socket ", path));
    case ENOENT:
      return absl::OkStatus();
    case 0:
    case EAGAIN:  // alive, with a full queue of connections
      return absl::AlreadyExistsError(
          absl::StrCat("another rscad is serving on ", path,
                       "; stop it first, or give this one another address"));
    default:
      return SystemError(result, absl::StrCat("cannot connect to the socket at ", path));
  }
}

}  // namespace

absl::Status PreparePrivateDirectory(const std::string& directory) {
  // A slash at the end would follow a symbolic link.
  std::string path = directory;
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    return SystemError(errno, absl::StrCat("cannot make the directory ", path));
  }
  struct stat info;
  if (lstat(path.c_str(), &info) != 0) {
    return SystemError(errno, absl::StrCat("cannot look at the directory ", path));
  }
  if (!S_ISDIR(info.st_mode)) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, S_ISLNK(info.st_mode) ? " is a symbolic link" : " is not a directory",
                     "; sockets need a directory of the server's own"));
  }
  if (info.st_uid != geteuid()) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, " belongs to user id ", info.st_uid, ", the server runs as ", geteuid(),
                     "; choose a directory of the server's own, or let rscad make one"));
  }
  if ((info.st_mode & 0077) != 0) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "%s is open to others (mode %04o), and so would be every socket in it; `chmod 700 %s`, or "
        "name a directory that does not exist yet",
        path, info.st_mode & 07777, path));
  }
  return absl::OkStatus();
}

absl::Status PrepareSocketPath(const std::string& socket_path) {
  const std::string directory = std::filesystem::path(socket_path).parent_path().string();
  absl::Status prepared = PreparePrivateDirectory(directory);
  if (!prepared.ok()) return prepared;
  struct stat info;
  if (lstat(socket_path.c_str(), &info) != 0) {
    if (errno == ENOENT) return absl::OkStatus();
    return SystemError(errno, absl::StrCat("cannot look at ", socket_path));
  }
  if (!S_ISSOCK(info.st_mode)) {
    return absl::FailedPreconditionError(absl::StrCat(
        socket_path, " exists and is not a socket; remove it, or choose another address"));
  }
  return RemoveStaleSocket(socket_path);
}

}  // namespace rsca::security
