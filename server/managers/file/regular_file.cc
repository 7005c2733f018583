#include "server/managers/file/regular_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace rsca::managers::file {
namespace {

const char* KindOf(mode_t mode) {
  if (S_ISDIR(mode)) return "a directory";
  if (S_ISFIFO(mode)) return "a FIFO";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

}  // namespace

Failure PathFailure(const char* what, const std::string& path, int error) {
  return {HresultFromErrno(error),
          std::string(what) + " " + path + ": " + std::generic_category().message(error)};
}

std::string PathArgument(const nlohmann::json& arguments, Failure* failure) {
  std::string path = arguments.at("path").get<std::string>();
  if (path.empty() || path.front() != '/') {
    *failure = {E_INVALIDARG, "path must be absolute, but is `" + path + "`"};
    return {};
  }
  if (path.find('\0') != std::string::npos) {
    *failure = {E_INVALIDARG, "path must not contain a zero byte"};
    return {};
  }
  return path;
}

UniqueFd OpenRegularFile(const std::string& path, Failure* failure) {
  // Not opened before its kind is known: to open a device may do something.
  struct stat status = {};
  if (stat(path.c_str(), &status) != 0) {
    *failure = PathFailure("cannot open", path, errno);
    return {};
  }
  UniqueFd fd;
  if (S_ISREG(status.st_mode)) {
    fd = UniqueFd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    if (!fd || fstat(fd.Get(), &status) != 0) {
      *failure = PathFailure("cannot open", path, errno);
      return {};
    }
  }
  if (!S_ISREG(status.st_mode)) {
    *failure = {E_INVALIDARG, path + " is " + KindOf(status.st_mode) + ", not a regular file"};
    return {};
  }
  return fd;
}

int ReadAt(int fd, uint64_t offset, uint64_t length, std::string* bytes) {
  bytes->resize(length);
  uint64_t done = 0;
  while (done < length) {
    const ssize_t got =
        pread(fd, bytes->data() + done, length - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      const int error = errno;
      bytes->clear();
      return error;
    }
    if (got == 0) break;
    done += static_cast<uint64_t>(got);
  }
  bytes->resize(done);
  return 0;
}

}  // namespace rsca::managers::file
