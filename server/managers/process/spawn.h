// Starts a command as a process group of its own.
#ifndef RSCA_SERVER_MANAGERS_PROCESS_SPAWN_H_
#define RSCA_SERVER_MANAGERS_PROCESS_SPAWN_H_

#include <sys/types.h>

#include <cstdint>
#include <optional>

#include "server/managers/base/manager.h"
#include "server/managers/base/unique_fd.h"
#include "server/managers/process/command.h"

namespace rsca::managers {

// A command that runs. `pid` leads the process group and must be waited for.
struct Spawned {
  pid_t pid = -1;
  UniqueFd pidfd;
  UniqueFd standard_output;  // does not block
  UniqueFd standard_error;   // does not block
  // What Linux counts as the command's peak memory because of the process that it was forked from.
  uint64_t inherited_peak_bytes = 0;
};

// The command is killed when the calling thread ends, so that it does not outlive a crash. Returns
// when the program is running. Nothing when it cannot be run: then no process is left.
std::optional<Spawned> Spawn(const Command& command, Failure* failure);

}  // namespace rsca::managers

#endif  // RSCA_SERVER_MANAGERS_PROCESS_SPAWN_H_
