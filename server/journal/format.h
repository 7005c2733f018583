// Keys and values of the store; FORMAT.md specifies them.
#ifndef RSCA_SERVER_JOURNAL_FORMAT_H_
#define RSCA_SERVER_JOURNAL_FORMAT_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace rsca::journal {

inline constexpr uint32_t kFormatVersion = 2;

// Where a key belongs: its first byte.
enum class KeyKind : char {
  kClock = 'c',
  kEntry = 'e',
  kFirst = 'f',  // of version 1, see Extent
  kHeader = 'h',
  kRecord = 'r',
  kExtent = 'x',
};

// Keys of one log sort by sequence, logs by number: numbers are big-endian in keys.
std::string HeaderKey();
std::string ClockKey();
std::string RecordKey(uint64_t log);
std::string FirstKey(uint64_t log);
std::string ExtentKey(uint64_t log);
std::string EntryKey(uint64_t log, uint64_t sequence);

// What a key of a log says. Nothing when it is not one.
struct LogKey {
  KeyKind kind;
  uint64_t log;
  uint64_t sequence;  // of an entry
};
std::optional<LogKey> ParseLogKey(absl::string_view key);

struct Header {
  uint32_t version = kFormatVersion;
  std::string id;        // 16 random bytes: tells journals apart
  bool damaged = false;  // a repair found that newest results may be missing
};
std::string NewJournalId();
std::string EncodeHeader(const Header& header);
std::optional<Header> DecodeHeader(absl::string_view value);

// How old the journal was, in nanoseconds, when the host had been up for so long.
struct ClockReading {
  uint64_t journal_nanos = 0;
  uint64_t uptime_nanos = 0;
  std::string boot_id;
};
std::string EncodeClock(const ClockReading& reading);
std::optional<ClockReading> DecodeClock(absl::string_view value);

std::string EncodeFirst(uint64_t sequence);
std::optional<uint64_t> DecodeFirst(absl::string_view value);

// Which entries a log has, so that nobody has to look for them.
struct Extent {
  uint64_t first = 1;  // the oldest sequence that retention has left
  uint64_t last = 0;   // the newest; first - 1: there is none
  // End cost of the entry before the first, and of the last.
  uint64_t start_cost = 0;
  uint64_t end_cost = 0;
  // The first was appended at this age of the journal or later, in milliseconds.
  uint64_t first_age_millis = 0;

  bool operator==(const Extent& other) const = default;
};
// Whether journals of a version have one for each log.
inline constexpr bool HasExtents(uint32_t version) { return version >= 2; }
std::string EncodeExtent(const Extent& extent);
// Nothing as well if it says what cannot be.
std::optional<Extent> DecodeExtent(absl::string_view value);

// What stands before the bytes of an entry.
struct EntryHeader {
  bool alone = false;
  // Cost of the log's entries up to and including this one.
  uint64_t end_cost = 0;
  uint32_t cost = 0;  // of this one
  // The journal's age when the entry was appended, in milliseconds.
  uint64_t age_millis = 0;

  uint64_t start_cost() const { return end_cost - cost; }
};
inline constexpr size_t kEntryHeaderBytes = 1 + 8 + 4 + 8;
void AppendEntryHeader(const EntryHeader& header, std::string* value);
// Consumes the header; what is left in `value` are the entry's bytes.
std::optional<EntryHeader> ConsumeEntryHeader(absl::string_view* value);

}  // namespace rsca::journal

#endif  // RSCA_SERVER_JOURNAL_FORMAT_H_
