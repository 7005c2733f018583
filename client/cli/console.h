// Standard output and standard error.
#ifndef RSCA_CLIENT_CLI_CONSOLE_H_
#define RSCA_CLIENT_CLI_CONSOLE_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "client/cli/terminal.h"

namespace rsca::cli {

// `Write` belongs to one thread; `Status` and `Error` may be called from any.
class Console {
 public:
  Console();

  const Terminal& out() const { return out_; }

  // All of it, to standard output, at once. False when that failed, now or before: nobody is left
  // to read, or there is no room. Needs SIGPIPE ignored.
  bool Write(std::string_view bytes);

  // The errno of the write that failed; 0 while all is well.
  int write_error() const { return write_error_; }

  // To standard error. Control characters but line feeds and tabs are escaped if it is a terminal.
  void WriteError(std::string_view bytes) const;

  // Lines on standard error. Control characters but line feeds are escaped.
  void Status(std::string_view text) const;
  void Error(std::string_view text) const;  // `rsca: text`

 private:
  const Terminal out_;
  const Terminal err_;
  int write_error_ = 0;
};

// Writes all to a descriptor. The errno that ended it, or 0.
int WriteAll(int descriptor, std::string_view bytes);

}  // namespace rsca::cli

#endif  // RSCA_CLIENT_CLI_CONSOLE_H_
