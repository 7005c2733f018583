// What is in a store: its logs, without their entries. Used at start and by rsca-journal.
#ifndef RSCA_SERVER_JOURNAL_RECOVERY_H_
#define RSCA_SERVER_JOURNAL_RECOVERY_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/journal/durable_result_log.h"
#include "server/journal/store.h"

namespace rsca::journal {

struct StoredLog {
  DurableResultLog::Place place;  // never `sealed`: only the record says
  std::string record;
};

// Reads the first and the last entry of each log, however many there are. DATA_LOSS: what cannot be
// right, and where.
absl::StatusOr<std::vector<StoredLog>> ReadLogs(const Store& store);

}  // namespace rsca::journal

#endif  // RSCA_SERVER_JOURNAL_RECOVERY_H_
