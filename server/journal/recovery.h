// What is in a store: its logs, without their entries. Used at start and by rsca-journal.
#ifndef RSCA_SERVER_JOURNAL_RECOVERY_H_
#define RSCA_SERVER_JOURNAL_RECOVERY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/journal/durable_result_log.h"
#include "server/journal/format.h"
#include "server/journal/store.h"

namespace rsca::journal {

struct StoredLog {
  DurableResultLog::Place place;  // never `sealed`: only the record says
  std::string record;
};

// Of a store whose header has that version. Reads no entries, except of version 1: there the first
// and the last of each log. DATA_LOSS: what cannot be right, and where.
absl::StatusOr<std::vector<StoredLog>> ReadLogs(const Store& store, uint32_t version);

// What makes version 2 of a store of version 1.
void AddExtents(const std::vector<StoredLog>& logs, rocksdb::WriteBatch* batch);

}  // namespace rsca::journal

#endif  // RSCA_SERVER_JOURNAL_RECOVERY_H_
