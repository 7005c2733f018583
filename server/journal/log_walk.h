// A file of RocksDB's log format (the MANIFEST, a write-ahead log), walked without RocksDB: that
// takes some damage in it for its end, and goes on without what follows. FORMAT.md, "RocksDB's log
// files".
#ifndef RSCA_SERVER_JOURNAL_LOG_WALK_H_
#define RSCA_SERVER_JOURNAL_LOG_WALK_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace rsca::journal {

struct LogWalk {
  enum class End {
    kWhole,     // all of it is sound
    kCutShort,  // the last record is not all there: whoever wrote it was stopped
    kDamaged    // something else; `what`
  };
  uint64_t size = 0;
  uint64_t sound = 0;  // up to here it is
  End end = End::kWhole;
  std::string what;
  bool goes_on = false;  // after the damage there is a sound record
};

absl::StatusOr<LogWalk> WalkLog(const std::string& path);

}  // namespace rsca::journal

#endif  // RSCA_SERVER_JOURNAL_LOG_WALK_H_
