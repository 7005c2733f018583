// A program that a test starts, stops and kills.
#ifndef RSCA_TESTS_SUPPORT_CHILD_PROCESS_H_
#define RSCA_TESTS_SUPPORT_CHILD_PROCESS_H_

#include <sys/types.h>

#include <chrono>
#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "tests/support/eventually.h"
#include "tests/support/temp_dir.h"

namespace rsca::support {

// How a process ended: by a signal if that is above 0, else by exit.
struct ExitStatus {
  int status = 0;
  int signal = 0;
  bool operator==(const ExitStatus&) const = default;
};
std::ostream& operator<<(std::ostream& out, const ExitStatus& exit);

struct ChildOptions {
  std::string input;                               // standard input
  std::map<std::string, std::string> environment;  // added to ours
  std::string directory;                           // working directory; empty: ours
  std::string output_file;                         // standard output; empty: a file of its own
  std::string error_file;                          // standard error; empty: a file of its own
};

// Used by one thread.
class ChildProcess {
 public:
  // `argv[0]` is a path, or a name to look for in PATH. A program that is not there exits with 127.
  explicit ChildProcess(std::vector<std::string> argv, ChildOptions options = {});

  // Kills it if it still runs.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t pid() const { return pid_; }

  // Nothing happens once it has ended.
  void Signal(int number);

  // Waits for its end, and says nothing if it does not come. May be asked again.
  std::optional<ExitStatus> Wait(std::chrono::milliseconds bound = kFailureBound);

  // What it has written so far.
  std::string Output() const { return ReadFile(output_file_); }
  std::string Error() const { return ReadFile(error_file_); }

 private:
  TempDir dir_;
  std::string output_file_;
  std::string error_file_;
  pid_t pid_ = -1;
  std::optional<ExitStatus> exit_;
};

}  // namespace rsca::support

#endif  // RSCA_TESTS_SUPPORT_CHILD_PROCESS_H_
