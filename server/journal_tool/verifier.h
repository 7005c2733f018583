// Finds damage in a journal that nobody uses.
#ifndef RSCA_SERVER_JOURNAL_TOOL_VERIFIER_H_
#define RSCA_SERVER_JOURNAL_TOOL_VERIFIER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/journal_tool/contents.h"

namespace rsca::journal {

struct Verification {
  // What is wrong and where, for people. Empty: the journal is sound.
  std::vector<std::string> findings;
  std::vector<std::string> notes;  // what is worth knowing, and no damage
  absl::Status opens;              // why RocksDB refuses the database, if it does
  bool tables_damaged = false;     // table files cannot be read whole
  // There are tables that the MANIFEST does not name, and something is wrong: it may have lost its
  // end, which RocksDB does not notice.
  bool manifest_behind = false;
  uint64_t missing_changes = 0;      // that had been committed
  std::optional<Contents> contents;  // unless nothing could be read at all

  bool sound() const { return findings.empty(); }
};

// Reads all of it; changes nothing. FAILED_PRECONDITION: of a newer version. UNAVAILABLE: the host
// does not let it be read.
absl::StatusOr<Verification> Verify(const std::string& directory);

}  // namespace rsca::journal

#endif  // RSCA_SERVER_JOURNAL_TOOL_VERIFIER_H_
