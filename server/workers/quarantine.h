// Which actions are refused because they killed their worker again and again.
#ifndef RSCA_SERVER_WORKERS_QUARANTINE_H_
#define RSCA_SERVER_WORKERS_QUARANTINE_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/workers/failure_window.h"
#include "server/workers/pool_info.h"
#include "server/workers/pool_options.h"

namespace rsca::workers {

// Not thread-safe. `now` is the time of Timers::Now.
class Quarantine {
 public:
  Quarantine(const FailureCount& limits, absl::Duration duration)
      : limits_(limits), duration_(duration) {}

  // A worker died of one of these. Those that are refused from now on.
  std::vector<QuarantinedFunction> OnDeath(const std::vector<std::string>& suspects,
                                           absl::Duration now);

  // If it is refused: as what, and for how long still.
  std::optional<QuarantinedFunction> Find(const std::string& function, absl::Duration now,
                                          absl::Duration* left) const;

  // Takes out those whose time is over, and returns their names.
  std::vector<std::string> Release(absl::Duration now);

  // All that are refused.
  std::vector<QuarantinedFunction> functions() const;

  // Deaths until now do not count any more. Who is refused stays so.
  void Forgive() { deaths_.clear(); }

 private:
  struct Entry {
    QuarantinedFunction info;
    absl::Duration until;
  };

  const FailureCount limits_;
  const absl::Duration duration_;
  std::map<std::string, FailureWindow> deaths_;
  std::map<std::string, Entry> entries_;
};

}  // namespace rsca::workers

#endif  // RSCA_SERVER_WORKERS_QUARANTINE_H_
