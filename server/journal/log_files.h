// The files by which RocksDB finds out what it has: CURRENT, the MANIFEST, the write-ahead logs.
#ifndef RSCA_SERVER_JOURNAL_LOG_FILES_H_
#define RSCA_SERVER_JOURNAL_LOG_FILES_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"

namespace rsca::journal {

std::string ManifestPath(const std::string& directory, uint64_t number);

// Looks for damage in them that RocksDB passes over. DATA_LOSS with file and place; OK does not
// mean that RocksDB can read them. `boot_id`: of the host, now. Changes nothing, and is for a
// database that is not open.
absl::Status CheckLogFiles(const std::string& directory, const std::string& boot_id);

}  // namespace rsca::journal

#endif  // RSCA_SERVER_JOURNAL_LOG_FILES_H_
