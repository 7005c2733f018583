// Makes the contents of a journal right: what FORMAT.md calls "Repair", within the database.
#ifndef RSCA_SERVER_JOURNAL_TOOL_MENDER_H_
#define RSCA_SERVER_JOURNAL_TOOL_MENDER_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/journal/store.h"
#include "server/journal_tool/contents.h"

namespace rsca::journal {

// Mends in one batch what is wrong in `contents`, which was read from the store. `newest_missing`:
// newest entries may have been lost in another way. Returns what it did, for people: all that was
// dropped and why.
absl::StatusOr<std::vector<std::string>> Mend(const Contents& contents, bool newest_missing,
                                              Store* store);

}  // namespace rsca::journal

#endif  // RSCA_SERVER_JOURNAL_TOOL_MENDER_H_
