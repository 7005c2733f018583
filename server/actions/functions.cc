#include "server/actions/functions.h"

#include <utility>

namespace rsca::actions {

Functions::Functions(const Limits& limits, workers::WorkerPools* pools, Timers* timers)
    : limits_(limits), pools_(pools), timers_(timers) {}

std::vector<Function> Functions::List() const { return pools_->functions(); }

std::optional<Function> Functions::Find(const std::string& name) const {
  return pools_->FindFunction(name);
}

absl::StatusOr<Function> Functions::FindToRun(const std::string& name,
                                              const std::string& arguments) const {
  return Run::Find(name, arguments, limits_, *pools_);
}

std::shared_ptr<Run> Functions::BeginRun(const Function& function, const std::string& arguments,
                                         Run::Callback callback) const {
  return Run::Begin(function, arguments, limits_, pools_, timers_, std::move(callback));
}

}  // namespace rsca::actions
