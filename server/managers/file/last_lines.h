// Where the last lines of a file begin.
#ifndef RSCA_SERVER_MANAGERS_FILE_LAST_LINES_H_
#define RSCA_SERVER_MANAGERS_FILE_LAST_LINES_H_

#include <cstdint>

#include "absl/functional/function_ref.h"

namespace rsca::managers::file {

// Sets `*offset` to the beginning of the last `lines` lines among the first `size` bytes: `size`
// for 0 lines, 0 when there are fewer. What follows the last newline counts as a line. Reads
// backwards in blocks, so memory does not grow with the file or its lines. Returns 0, or an errno;
// ECANCELED once `stopped` says so. A file that became shorter meanwhile is read from its start.
int FindLastLines(int fd, uint64_t size, uint64_t lines, absl::FunctionRef<bool()> stopped,
                  uint64_t* offset);

}  // namespace rsca::managers::file

#endif  // RSCA_SERVER_MANAGERS_FILE_LAST_LINES_H_
