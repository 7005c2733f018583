#include "client/cli/console.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "client/cli/text.h"

namespace rsca::cli {

Console::Console() : out_(DescribeTerminal(STDOUT_FILENO)), err_(DescribeTerminal(STDERR_FILENO)) {}

bool Console::Write(std::string_view bytes) {
  if (write_error_ == 0) write_error_ = WriteAll(STDOUT_FILENO, bytes);
  return write_error_ == 0;
}

void Console::WriteError(std::string_view bytes) const {
  WriteAll(STDERR_FILENO, err_.is_terminal ? EscapeControls(bytes, "\n\t") : std::string(bytes));
}

void Console::Status(std::string_view text) const {
  WriteAll(STDERR_FILENO, absl::StrCat(EscapeControls(text, "\n"), "\n"));
}

void Console::Error(std::string_view text) const {
  WriteAll(STDERR_FILENO, absl::StrCat(Red(err_, "rsca:"), " ", EscapeControls(text, "\n"), "\n"));
}

int WriteAll(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(descriptor, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes.remove_prefix(static_cast<size_t>(written));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      // Somebody shares the descriptor and made it non-blocking.
      pollfd ready{descriptor, POLLOUT, 0};
      poll(&ready, 1, -1);
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

}  // namespace rsca::cli
