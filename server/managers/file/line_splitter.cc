#include "server/managers/file/line_splitter.h"

#include <utility>

namespace rsca::managers::file {

bool LineSplitter::Add(std::string_view bytes, Sink sink) {
  while (!bytes.empty()) {
    const size_t newline = bytes.find('\n');
    const bool ends_line = newline != std::string_view::npos;
    const std::string_view part = bytes.substr(0, ends_line ? newline + 1 : bytes.size());
    bytes.remove_prefix(part.size());
    if (!AddPart(part, ends_line, sink)) return false;
  }
  return true;
}

bool LineSplitter::AddPart(std::string_view part, bool ends_line, Sink sink) {
  // A full piece is given out only once it is certain that its line goes on.
  while (held_.size() + part.size() > max_bytes_) {
    const size_t room = max_bytes_ - held_.size();
    held_.append(part.substr(0, room));
    part.remove_prefix(room);
    if (!sink(std::exchange(held_, {}), true)) return false;
  }
  if (!ends_line) {
    held_.append(part);
    return true;
  }
  if (held_.empty()) return sink(part, false);
  held_.append(part);
  return Flush(sink);
}

bool LineSplitter::Flush(Sink sink) {
  if (held_.empty()) return true;
  return sink(std::exchange(held_, {}), false);
}

}  // namespace rsca::managers::file
