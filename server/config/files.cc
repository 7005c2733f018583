#include "server/config/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace rsca::config {
namespace {

constexpr size_t kMaxBytes = 1 << 20;

absl::Status CannotRead(const std::string& path, int error) {
  return absl::ErrnoToStatus(error, absl::StrCat("cannot read ", path));
}

absl::StatusOr<std::string> ReadAll(int fd, const std::string& path) {
  std::string text;
  char buffer[16384];
  while (text.size() <= kMaxBytes) {
    const ssize_t got = read(fd, buffer, sizeof(buffer));
    if (got == 0) return text;
    if (got > 0) {
      text.append(buffer, static_cast<size_t>(got));
    } else if (errno != EINTR) {
      return CannotRead(path, errno);
    }
  }
  return absl::InvalidArgumentError(
      absl::StrCat("cannot read ", path, ": it is larger than ", kMaxBytes, " bytes"));
}

}  // namespace

absl::StatusOr<std::string> ReadTextFile(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (fd < 0) return CannotRead(path, errno);
  absl::StatusOr<std::string> text = ReadAll(fd, path);
  close(fd);
  return text;
}

std::optional<std::string> WhyUnusable(const std::string& path, int access_mode) {
  struct stat info;
  if (stat(path.c_str(), &info) != 0) return absl::StrCat(path, ": ", std::strerror(errno));
  if (!S_ISREG(info.st_mode)) return absl::StrCat(path, " is not a regular file");
  if (access(path.c_str(), access_mode) != 0) {
    return absl::StrCat(path, ": ", std::strerror(errno));
  }
  return std::nullopt;
}

}  // namespace rsca::config
