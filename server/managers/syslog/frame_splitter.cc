#include "server/managers/syslog/frame_splitter.h"

#include <algorithm>

namespace rsca::managers::syslog {
namespace {

// A longer number in front is no length: nobody sends messages of ten megabytes.
constexpr size_t kMaxDigits = 7;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

void FrameSplitter::Add(std::string_view bytes) {
  buffer_.erase(0, begin_);
  begin_ = 0;
  buffer_.append(bytes);
}

std::optional<Frame> FrameSplitter::Next() {
  while (Skip()) {
    if (left_ != 0 || TakeCount()) return NextCounted();
    const char first = buffer_[begin_];
    if (first != '\n' && first != '\r') {
      // Digits alone: whether they are a length is still to be seen.
      const std::string_view digits(buffer_.data() + begin_, unused());
      if (first >= '1' && first <= '9' && digits.size() <= kMaxDigits &&
          std::all_of(digits.begin(), digits.end(), IsDigit)) {
        return std::nullopt;
      }
      return NextLine();
    }
    ++begin_;
  }
  return std::nullopt;
}

// Passes over the rest of a message that was too long. False when nothing is left.
bool FrameSplitter::Skip() {
  if (skip_line_) {
    const size_t newline = buffer_.find('\n', begin_);
    skip_line_ = newline == std::string::npos;
    begin_ = skip_line_ ? buffer_.size() : newline + 1;
  }
  const size_t skipped = std::min(skip_, unused());
  begin_ += skipped;
  skip_ -= skipped;
  return unused() != 0;
}

// Takes a length and the space behind it, if they are there.
bool FrameSplitter::TakeCount() {
  size_t count = 0;
  size_t position = begin_;
  while (position < buffer_.size() && position - begin_ < kMaxDigits &&
         IsDigit(buffer_[position])) {
    count = count * 10 + static_cast<size_t>(buffer_[position] - '0');
    ++position;
  }
  if (position == begin_ || buffer_[begin_] == '0' || position == buffer_.size() ||
      buffer_[position] != ' ') {
    return false;
  }
  begin_ = position + 1;
  left_ = count;
  return true;
}

std::optional<Frame> FrameSplitter::NextCounted() {
  const size_t wanted = std::min(left_, max_bytes_);
  if (unused() < wanted) return std::nullopt;
  skip_ = left_ - wanted;
  left_ = 0;
  return TakeFrame(wanted, skip_ != 0);
}

std::optional<Frame> FrameSplitter::NextLine() {
  const size_t newline = buffer_.find('\n', begin_ + scanned_);
  const bool ended = newline != std::string::npos;
  const size_t size = ended ? newline - begin_ : unused();
  if (size > max_bytes_) {
    skip_line_ = true;
    return TakeFrame(max_bytes_, true);
  }
  if (!ended) {
    scanned_ = size;
    return std::nullopt;
  }
  Frame frame = TakeFrame(size, false);
  ++begin_;
  return frame;
}

Frame FrameSplitter::TakeFrame(size_t size, bool truncated) {
  Frame frame{buffer_.substr(begin_, size), truncated};
  begin_ += size;
  scanned_ = 0;
  return frame;
}

std::optional<Frame> FrameSplitter::Finish(bool whole) {
  // A line without its newline may be a message; one that was counted is known to be cut.
  const bool cut = left_ != 0 || !whole;
  if (!Skip()) return std::nullopt;
  left_ = 0;
  return TakeFrame(std::min(unused(), max_bytes_), cut);
}

}  // namespace rsca::managers::syslog
