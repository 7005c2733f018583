#include "client/cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>

#include "absl/strings/str_cat.h"

namespace rsca::cli {
namespace {

std::string_view Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string Paint(const Terminal& terminal, std::string_view code, std::string_view text) {
  if (!terminal.colors) return std::string(text);
  std::string painted("\x1b[");
  painted.append(code).append("m").append(text).append("\x1b[0m");
  return painted;
}

}  // namespace

Terminal DescribeTerminal(int descriptor) {
  Terminal terminal;
  terminal.is_terminal = isatty(descriptor) == 1;
  if (!terminal.is_terminal) return terminal;
  terminal.colors = Environment("NO_COLOR").empty() && Environment("TERM") != "dumb";
  winsize size{};
  if (ioctl(descriptor, TIOCGWINSZ, &size) == 0) {
    if (size.ws_col > 0) terminal.width = size.ws_col;
    if (size.ws_row > 0) terminal.height = size.ws_row;
  }
  return terminal;
}

std::string Bold(const Terminal& terminal, std::string_view text) {
  return Paint(terminal, "1", text);
}

std::string Red(const Terminal& terminal, std::string_view text) {
  return Paint(terminal, "31", text);
}

}  // namespace rsca::cli
