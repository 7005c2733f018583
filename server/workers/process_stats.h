// What the kernel says about a process.
#ifndef RSCA_SERVER_WORKERS_PROCESS_STATS_H_
#define RSCA_SERVER_WORKERS_PROCESS_STATS_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace rsca::workers {

struct ProcessStats {
  absl::Duration cpu_time;  // user and system
  uint64_t resident_bytes = 0;
  uint64_t private_bytes = 0;  // written to, and shared with no other process
  uint64_t virtual_bytes = 0;
  int descriptors = 0;
  int threads = 0;
};

// Of the process itself, without its children. A few milliseconds for each gigabyte it has. What
// may not be read (descriptors of a process that has changed its user) is 0. NOT_FOUND if it has
// ended.
absl::StatusOr<ProcessStats> ReadProcessStats(int pid);

// What a process takes of its host's.
struct ProcessUsage {
  absl::Duration cpu_time;    // user and system, with that of children it has waited for
  uint64_t memory_bytes = 0;  // what it shares with others is divided among them
};

// As ReadProcessStats; memory that may not be looked into is the resident one.
absl::StatusOr<ProcessUsage> ReadProcessUsage(int pid);

// Resident bytes alone, at no cost.
absl::StatusOr<uint64_t> ReadResidentBytes(int pid);

}  // namespace rsca::workers

#endif  // RSCA_SERVER_WORKERS_PROCESS_STATS_H_
