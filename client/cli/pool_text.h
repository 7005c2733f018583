// Pools, workers and their events for people.
#ifndef RSCA_CLIENT_CLI_POOL_TEXT_H_
#define RSCA_CLIENT_CLI_POOL_TEXT_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/cli/terminal.h"
#include "rsca/v1/worker_pool.pb.h"

namespace rsca::cli {

// A line for each, `now` being what ages are counted from; below that of the pools, what is wrong
// with them.
std::string PoolsTable(const std::vector<v1::WorkerPool>& pools, absl::Time now,
                       const Terminal& terminal);
std::string WorkersTable(const std::vector<v1::Worker>& workers, absl::Time now,
                         const Terminal& terminal);

// All that is known of one.
std::string PoolDetail(const v1::WorkerPool& pool, absl::Time now, const Terminal& terminal);
std::string WorkerDetail(const v1::Worker& worker, absl::Time now, const Terminal& terminal);

// `12s ago: was killed by signal 9 (Killed)`; `who`, if given, comes before `was`.
std::string EndText(const v1::WorkerEnd& end, absl::Time now, absl::string_view who = "");

// What is said of a pool or a worker of it whose recycle has begun.
std::string RecyclingText(const std::string& name, const std::string& pool);

// One line: `14:03:12.123  default  default-2 ended: was killed by signal 9 (Killed)`, in local
// time.
std::string EventLine(const v1::WorkerProcessEvent& event, absl::TimeZone zone);

}  // namespace rsca::cli

#endif  // RSCA_CLIENT_CLI_POOL_TEXT_H_
