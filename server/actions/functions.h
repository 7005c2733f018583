// The functions that can be called, and runs of those that answer once.
#ifndef RSCA_SERVER_ACTIONS_FUNCTIONS_H_
#define RSCA_SERVER_ACTIONS_FUNCTIONS_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/timers.h"
#include "server/actions/run.h"
#include "server/actions/types.h"
#include "server/workers/worker_pools.h"

namespace rsca::actions {

// Thread-safe.
class Functions {
 public:
  // Pools and timers outlive it and the runs.
  Functions(const Limits& limits, workers::WorkerPools* pools, Timers* timers);

  // All, by name.
  std::vector<Function> List() const;

  std::optional<Function> Find(const std::string& name) const;

  // INVALID_ARGUMENT, NOT_FOUND or FAILED_PRECONDITION when there is no such function to run.
  absl::StatusOr<Function> FindToRun(const std::string& name, const std::string& arguments) const;

  // Runs what FindToRun has found; see Run::Begin.
  std::shared_ptr<Run> BeginRun(const Function& function, const std::string& arguments,
                                Run::Callback callback) const;

 private:
  const Limits limits_;
  workers::WorkerPools* const pools_;
  Timers* const timers_;
};

}  // namespace rsca::actions

#endif  // RSCA_SERVER_ACTIONS_FUNCTIONS_H_
