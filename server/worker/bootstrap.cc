#include "server/worker/bootstrap.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/worker_protocol.h"

namespace rsca::worker {
namespace {

constexpr size_t kMaxBytes = size_t{64} << 20;

}  // namespace

absl::StatusOr<v1::Bootstrap> ReadBootstrap(int fd) {
  std::string bytes;
  char buffer[4096];
  while (true) {
    const ssize_t got = read(fd, buffer, sizeof(buffer));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return absl::ErrnoToStatus(errno, "cannot read standard input");
    if (got == 0) break;
    bytes.append(buffer, static_cast<size_t>(got));
    if (bytes.size() > kMaxBytes) return absl::InvalidArgumentError("too much standard input");
  }
  v1::Bootstrap bootstrap;
  if (bytes.empty() || !bootstrap.ParseFromString(bytes)) {
    return absl::InvalidArgumentError("standard input holds no bootstrap message");
  }
  if (bootstrap.protocol_version() != kWorkerProtocolVersion) {
    return absl::InvalidArgumentError(
        absl::StrCat("the server speaks version ", bootstrap.protocol_version(),
                     " of the worker protocol, ", "this program version ", kWorkerProtocolVersion,
                     "; install rscad and rsca-worker of one build"));
  }
  return bootstrap;
}

absl::Status CloseStandardInput() {
  const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (null < 0) return absl::ErrnoToStatus(errno, "cannot open /dev/null");
  const int copied = dup2(null, STDIN_FILENO);
  const int error = errno;
  if (null != STDIN_FILENO) close(null);
  return copied < 0 ? absl::ErrnoToStatus(error, "cannot replace standard input")
                    : absl::OkStatus();
}

}  // namespace rsca::worker
