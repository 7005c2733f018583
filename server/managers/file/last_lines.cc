#include "server/managers/file/last_lines.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

#include "server/managers/file/regular_file.h"

namespace rsca::managers::file {

int FindLastLines(int fd, uint64_t size, uint64_t lines, absl::FunctionRef<bool()> stopped,
                  uint64_t* offset) {
  constexpr uint64_t kBlockBytes = 64 << 10;
  *offset = lines == 0 ? size : 0;
  if (lines == 0) return 0;
  std::string block;
  for (uint64_t begin = size; begin > 0;) {
    if (stopped()) return ECANCELED;
    const uint64_t length = std::min(begin, kBlockBytes);
    begin -= length;
    const int error = ReadAt(fd, begin, length, &block);
    if (error != 0) return error;
    if (block.size() < length) return 0;
    for (size_t end = block.size(); end > 0;) {
      const void* newline = memrchr(block.data(), '\n', end);
      if (newline == nullptr) break;
      end = static_cast<size_t>(static_cast<const char*>(newline) - block.data());
      const uint64_t next_line = begin + end + 1;
      // The newline that ends the file ends its last line; it does not begin another.
      if (next_line == size) continue;
      if (--lines == 0) {
        *offset = next_line;
        return 0;
      }
    }
  }
  return 0;
}

}  // namespace rsca::managers::file
