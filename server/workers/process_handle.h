// A worker's process as its pool handles it, and how the pool gets one. Tests put a process of
// their own in its place.
#ifndef RSCA_SERVER_WORKERS_PROCESS_HANDLE_H_
#define RSCA_SERVER_WORKERS_PROCESS_HANDLE_H_

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "server/workers/pool_options.h"
#include "server/workers/process_stats.h"

namespace rsca::workers {

class Worker;

// Thread-safe. Calls after the process's end do nothing, or fail with NOT_FOUND.
class ProcessHandle {
 public:
  virtual ~ProcessHandle() = default;
  virtual int pid() const = 0;

  // To the process alone. It need not do as it is told, unless the signal is SIGKILL.
  virtual void Signal(int signal) = 0;

  // Stops it and what its plug-ins have started, and lets them go on.
  virtual void Freeze() = 0;
  virtual void Thaw() = 0;

  virtual absl::StatusOr<ProcessStats> ReadStats() = 0;

  // Whether `resource_limits` of these need no sampling, because the kernel keeps them.
  virtual bool KernelLimitsMemory() const = 0;
  virtual bool KernelLimitsCpu() const = 0;

  // Resident memory of the process alone, at no cost.
  virtual absl::StatusOr<uint64_t> ReadMemory() = 0;
  // Of it and of all that its plug-ins have started. The price of a look at each.
  virtual ProcessUsage ReadUsage() = 0;
};

// Thread-safe.
class ProcessStarter {
 public:
  virtual ~ProcessStarter() = default;

  // Starts the process of a worker, which hears of its end by OnExited.
  virtual absl::StatusOr<std::unique_ptr<ProcessHandle>> Start(
      const PoolOptions& options, const std::shared_ptr<Worker>& worker) = 0;
};

}  // namespace rsca::workers

#endif  // RSCA_SERVER_WORKERS_PROCESS_HANDLE_H_
