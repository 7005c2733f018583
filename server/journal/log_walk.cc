#include "server/journal/log_walk.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "server/journal/crc32c.h"

namespace rsca::journal {
namespace {

// A file is a row of blocks, a block a row of records, a record a header and its bytes: checksum
// (4), length (2), type (1). Less than a header at the end of a block is filled with zeros.
constexpr size_t kBlockBytes = 32 << 10;
constexpr size_t kHeaderBytes = 4 + 2 + 1;
constexpr size_t kTypeAt = 6;

// A record that does not fit its block is cut up.
enum Type : unsigned char { kFull = 1, kFirst = 2, kMiddle = 3, kLast = 4 };

uint32_t Byte(absl::string_view bytes, size_t at) { return static_cast<unsigned char>(bytes[at]); }

size_t LengthOf(absl::string_view record) { return Byte(record, 4) | Byte(record, 5) << 8; }

// Of the type and so many bytes after it.
bool ChecksumFits(absl::string_view record, size_t length) {
  const uint32_t stored =
      Byte(record, 0) | Byte(record, 1) << 8 | Byte(record, 2) << 16 | Byte(record, 3) << 24;
  const uint32_t crc = Crc32c(record.substr(kTypeAt, 1 + length));
  return stored == ((crc >> 15 | crc << 17) + 0xA282EAD8);
}

// Whether the bytes begin with a record that is all there. The checksum covers the type, too: one
// that is not known here is another version's.
bool IsSound(absl::string_view bytes) {
  if (bytes.size() < kHeaderBytes) return false;
  const size_t length = LengthOf(bytes);
  return kHeaderBytes + length <= bytes.size() && ChecksumFits(bytes, length);
}

bool IsZero(absl::string_view bytes) {
  return bytes.find_first_not_of('\0') == absl::string_view::npos;
}

class Walker {
 public:
  explicit Walker(int descriptor) : descriptor_(descriptor) {}

  absl::Status Walk() {
    bool more = true;
    while (more) {
      if (absl::Status status = ReadBlock(&more); !status.ok()) return status;
      walk_.size += block_.size();
      if (!WalkBlock()) return LookFurther(more);
    }
    if (pieces_) CutShort();
    return absl::OkStatus();
  }

  LogWalk walk() && { return std::move(walk_); }

 private:
  // `more`: there may be another one.
  absl::Status ReadBlock(bool* more) {
    block_.resize(kBlockBytes);
    size_t have = 0;
    while (have < kBlockBytes) {
      const ssize_t got = read(descriptor_, block_.data() + have, kBlockBytes - have);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return absl::ErrnoToStatus(errno, "cannot read it");
      if (got == 0) break;
      have += static_cast<size_t>(got);
    }
    block_.resize(have);
    *more = have == kBlockBytes;
    at_ = 0;
    return absl::OkStatus();
  }

  // Whether all of it is sound.
  bool WalkBlock() {
    while (block_.size() - at_ >= kHeaderBytes) {
      const absl::string_view rest = absl::string_view(block_).substr(at_);
      if (!IsSound(rest)) return false;
      const unsigned char type = static_cast<unsigned char>(rest[kTypeAt]);
      at_ += kHeaderBytes + LengthOf(rest);
      pieces_ = type == kFirst || type == kMiddle;
      if (!pieces_) walk_.sound = walk_.size - block_.size() + at_;
    }
    const absl::string_view rest = absl::string_view(block_).substr(at_);
    if (block_.size() == kBlockBytes ? !IsZero(rest) : !rest.empty()) return false;
    if (!pieces_) walk_.sound = walk_.size;
    return true;
  }

  // What the record that is not sound means.
  absl::Status LookFurther(bool more) {
    const absl::string_view rest = absl::string_view(block_).substr(at_);
    const uint64_t place = walk_.size - rest.size();
    const bool is_incomplete =
        rest.size() < kHeaderBytes || kHeaderBytes + LengthOf(rest) > rest.size();
    // With the right number of bytes the record would be sound: its length is wrong.
    const bool has_wrong_length = is_incomplete && rest.size() >= kHeaderBytes &&
                                  ChecksumFits(rest, rest.size() - kHeaderBytes);
    for (size_t at = 1; at < rest.size() && !walk_.goes_on; ++at) {
      walk_.goes_on = IsSound(rest.substr(at));
    }
    if (more) {
      if (absl::Status status = ReadBlock(&more); !status.ok()) return status;
      walk_.size += block_.size();
      walk_.goes_on = walk_.goes_on || IsSound(block_);
      // In a whole block there is room for each record.
      Damaged(place);
    } else if (is_incomplete && !has_wrong_length && !walk_.goes_on) {
      CutShort();
    } else {
      Damaged(place);
    }
    return absl::OkStatus();
  }

  void CutShort() {
    walk_.end = LogWalk::End::kCutShort;
    walk_.what = absl::StrCat("the record at ", walk_.sound, " is not all there");
  }
  void Damaged(uint64_t place) {
    walk_.end = LogWalk::End::kDamaged;
    walk_.what = absl::StrCat("the record at ", place, " is damaged");
  }

  const int descriptor_;
  std::string block_;
  size_t at_ = 0;        // in the block
  bool pieces_ = false;  // of a record, and its end is still to come
  LogWalk walk_;
};

}  // namespace

absl::StatusOr<LogWalk> WalkLog(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return absl::ErrnoToStatus(errno, absl::StrCat("cannot open ", path));
  const absl::Cleanup close_it = [descriptor] { close(descriptor); };
  Walker walker(descriptor);
  if (absl::Status status = walker.Walk(); !status.ok()) {
    return absl::Status(status.code(), absl::StrCat("file ", path, ": ", status.message()));
  }
  return std::move(walker).walk();
}

}  // namespace rsca::journal
