// Reads what is appended to a file, and notices when the file begins anew.
#ifndef RSCA_SERVER_MANAGERS_FILE_GROWING_FILE_H_
#define RSCA_SERVER_MANAGERS_FILE_GROWING_FILE_H_

#include <cstdint>
#include <string>

namespace rsca::managers::file {

// Used by one thread at a time. The descriptor must outlive it.
class GrowingFile {
 public:
  enum class Progress {
    kBytes,      // there was something new
    kNothing,    // at the end, for now
    kTruncated,  // the file has been cut off; reading goes on from its start
    kFailed,     // see error()
  };

  // Begins at `offset`.
  GrowingFile(int fd, uint64_t offset) : fd_(fd), offset_(offset) {}

  // Reads the next bytes, at most 64 KiB; empties `bytes` otherwise.
  Progress ReadNext(std::string* bytes);

  // Of the next byte.
  uint64_t offset() const { return offset_; }

  // errno of kFailed.
  int error() const { return error_; }

 private:
  bool RememberBefore();

  int fd_;
  uint64_t offset_;
  int error_ = 0;
  // The bytes before `offset_`, read again each time: a file that was cut off and has grown past
  // `offset_` since then has others there. Empty at the start of the file.
  std::string before_;
};

}  // namespace rsca::managers::file

#endif  // RSCA_SERVER_MANAGERS_FILE_GROWING_FILE_H_
