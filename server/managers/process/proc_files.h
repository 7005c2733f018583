// What /proc says of processes. They vanish at any moment, which is no error; a lack of descriptors
// or memory is, and throws std::system_error.
#ifndef RSCA_SERVER_MANAGERS_PROCESS_PROC_FILES_H_
#define RSCA_SERVER_MANAGERS_PROCESS_PROC_FILES_H_

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace rsca::managers {

// From /proc/PID/stat.
struct ProcessStat {
  pid_t pid = 0;
  pid_t ppid = 0;
  std::string name;  // the kernel's, 15 bytes at most; any bytes
  char state = '?';
  double cpu_seconds = 0;
  int64_t threads = 0;
  uint64_t start_ticks = 0;  // since boot; with the pid, names one process for ever
  uint64_t rss_bytes = 0;
};

// Nothing for what is no such text. The name may hold spaces and parentheses.
std::optional<ProcessStat> ParseStat(absl::string_view text);

std::vector<pid_t> ListPids();
std::optional<ProcessStat> ReadStat(pid_t pid);

// The words of the command line with spaces between; empty for a kernel thread or a zombie. Cut
// after 4096 bytes.
std::string ReadCommandLine(pid_t pid);

// The real user.
std::optional<uid_t> ReadUid(pid_t pid);

// Largest resident set so far, since exec; 0 when it is not known.
uint64_t PeakMemoryBytes(pid_t pid);

// When a process began.
absl::Time StartTime(uint64_t start_ticks);

}  // namespace rsca::managers

#endif  // RSCA_SERVER_MANAGERS_PROCESS_PROC_FILES_H_
