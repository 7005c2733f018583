#include "server/managers/file/growing_file.h"

#include <algorithm>

#include "server/managers/file/regular_file.h"

namespace rsca::managers::file {
namespace {

constexpr uint64_t kReadBytes = 64 << 10;
constexpr uint64_t kRememberedBytes = 256;

}  // namespace

GrowingFile::Progress GrowingFile::ReadNext(std::string* bytes) {
  bytes->clear();
  if (before_.empty() && offset_ > 0 && !RememberBefore()) return Progress::kFailed;
  error_ = ReadAt(fd_, offset_ - before_.size(), before_.size() + kReadBytes, bytes);
  if (error_ != 0) return Progress::kFailed;
  if ((before_.empty() && offset_ > 0) || bytes->compare(0, before_.size(), before_) != 0) {
    offset_ = 0;
    before_.clear();
    bytes->clear();
    return Progress::kTruncated;
  }
  const std::string seen = bytes->substr(bytes->size() - std::min(bytes->size(), kRememberedBytes));
  bytes->erase(0, before_.size());
  if (bytes->empty()) return Progress::kNothing;
  before_ = seen;
  offset_ += bytes->size();
  return Progress::kBytes;
}

// Once, for a file that is not read from its start. Leaves `before_` empty when the file has become
// shorter than that.
bool GrowingFile::RememberBefore() {
  const uint64_t length = std::min(offset_, kRememberedBytes);
  error_ = ReadAt(fd_, offset_ - length, length, &before_);
  if (before_.size() < length) before_.clear();
  return error_ == 0;
}

}  // namespace rsca::managers::file
