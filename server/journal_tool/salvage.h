// Takes back what can be read of a database that RocksDB refuses, or that has bad blocks.
#ifndef RSCA_SERVER_JOURNAL_TOOL_SALVAGE_H_
#define RSCA_SERVER_JOURNAL_TOOL_SALVAGE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace rsca::journal {

struct Salvaged {
  std::vector<std::string> said;  // what was lost, and where, for people
  // Whether some log's newest entries, or a record, may have been in what was lost of the tables.
  bool newest_may_be_missing = false;
};

// Leaves a database that opens and reads without errors, in the place of the one that is there.
absl::StatusOr<Salvaged> Salvage(const std::string& directory);

}  // namespace rsca::journal

#endif  // RSCA_SERVER_JOURNAL_TOOL_SALVAGE_H_
