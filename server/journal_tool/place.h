// Where a journal is, and the right to use it.
#ifndef RSCA_SERVER_JOURNAL_TOOL_PLACE_H_
#define RSCA_SERVER_JOURNAL_TOOL_PLACE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "server/journal/format.h"
#include "server/journal/holder.h"
#include "server/journal/store.h"

namespace rsca::journal {

// Exit status of the program.
inline constexpr int kExitOk = 0;
inline constexpr int kExitDamaged = 1;
inline constexpr int kExitUsage = 2;   // no journal there, or in use
inline constexpr int kExitFailed = 3;  // the host did not let it

// Says an error on standard error; returns the exit status that it stands for.
int Fail(const absl::Status& status);

// Takes the journal of a directory, which it makes absolute. NOT_FOUND: there is none, and nothing
// is made. FAILED_PRECONDITION: somebody uses it.
absl::StatusOr<std::unique_ptr<Holder>> TakeJournal(std::string* directory);

// The database as it is, read only. RocksDB's own words go nowhere: its errors are in the status.
absl::StatusOr<std::unique_ptr<Store>> OpenForReading(const std::string& directory, bool lenient);

// Takes RocksDB's words and drops them.
std::shared_ptr<rocksdb::Logger> SilentLog();

// A journal that is taken and open for reading.
struct OpenedJournal {
  std::unique_ptr<Holder> holder;
  std::unique_ptr<Store> store;
  uint32_t version = kFormatVersion;
};
absl::StatusOr<OpenedJournal> OpenJournal(std::string directory);

}  // namespace rsca::journal

#endif  // RSCA_SERVER_JOURNAL_TOOL_PLACE_H_
