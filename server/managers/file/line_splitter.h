// Cuts a stream of bytes into lines, and lines that are too long into pieces.
#ifndef RSCA_SERVER_MANAGERS_FILE_LINE_SPLITTER_H_
#define RSCA_SERVER_MANAGERS_FILE_LINE_SPLITTER_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"

namespace rsca::managers::file {

// Everything that goes in comes out once and in order: joined, the parts are the stream. Holds back
// at most `max_bytes`. Used by one thread at a time.
class LineSplitter {
 public:
  // Takes a line with its newline, or a piece of one. `goes_on`: the same line continues in the
  // next part. False stops the splitter; what it holds is lost then.
  using Sink = absl::FunctionRef<bool(std::string_view part, bool goes_on)>;

  // `max_bytes`: the longest part; at least 1.
  explicit LineSplitter(size_t max_bytes) : max_bytes_(max_bytes) {}

  // False when the sink said so.
  bool Add(std::string_view bytes, Sink sink);

  // Gives out the line that has no newline yet, if there is one.
  bool Flush(Sink sink);

 private:
  bool AddPart(std::string_view part, bool ends_line, Sink sink);

  const size_t max_bytes_;
  std::string held_;
};

}  // namespace rsca::managers::file

#endif  // RSCA_SERVER_MANAGERS_FILE_LINE_SPLITTER_H_
