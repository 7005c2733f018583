// What is known about the place to which output goes.
#ifndef RSCA_CLIENT_CLI_TERMINAL_H_
#define RSCA_CLIENT_CLI_TERMINAL_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace rsca::cli {

struct Terminal {
  bool is_terminal = false;
  bool colors = false;  // a terminal, NO_COLOR is empty or unset, and TERM is not `dumb`
  size_t width = 80;    // columns, if it is a terminal
  size_t height = 24;   // lines
};

Terminal DescribeTerminal(int descriptor);

// The text as it is where colours are not allowed.
std::string Bold(const Terminal& terminal, std::string_view text);
std::string Red(const Terminal& terminal, std::string_view text);

}  // namespace rsca::cli

#endif  // RSCA_CLIENT_CLI_TERMINAL_H_
