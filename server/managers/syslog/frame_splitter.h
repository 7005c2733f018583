// Finds the messages in a stream of bytes, as RFC 6587 describes: each is a length, a space and so
// many bytes, or it ends with a newline. Each message may come either way.
#ifndef RSCA_SERVER_MANAGERS_SYSLOG_FRAME_SPLITTER_H_
#define RSCA_SERVER_MANAGERS_SYSLOG_FRAME_SPLITTER_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace rsca::managers::syslog {

struct Frame {
  std::string bytes;
  bool truncated = false;  // there was more than max_bytes, or the stream broke off
};

// A message longer than `max_bytes` becomes a frame of that many bytes; the rest of it is skipped.
// Empty lines are no messages. Keeps no more than what was added last and `max_bytes`.
class FrameSplitter {
 public:
  explicit FrameSplitter(size_t max_bytes) : max_bytes_(max_bytes) {}

  void Add(std::string_view bytes);

  // The next complete message; nothing when more bytes are needed.
  std::optional<Frame> Next();

  // What is left at the end of the stream. `whole`: the sender ended it, so that a last line
  // without newline is a message and not a part of one.
  std::optional<Frame> Finish(bool whole);

  // Bytes that have been added and belong to no frame yet.
  size_t unused() const { return buffer_.size() - begin_; }

 private:
  std::optional<Frame> NextCounted();
  std::optional<Frame> NextLine();
  bool Skip();
  bool TakeCount();
  Frame TakeFrame(size_t size, bool truncated);

  const size_t max_bytes_;
  std::string buffer_;
  size_t begin_ = 0;    // of what has not been used
  size_t scanned_ = 0;  // from begin_: known to have no newline
  size_t left_ = 0;     // of a counted message: bytes to come; 0: none has begun
  size_t skip_ = 0;     // bytes to come that belong to a message that was too long
  bool skip_line_ = false;
};

}  // namespace rsca::managers::syslog

#endif  // RSCA_SERVER_MANAGERS_SYSLOG_FRAME_SPLITTER_H_
