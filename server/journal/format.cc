#include "server/journal/format.h"

#include <openssl/rand.h>

#include <algorithm>

namespace rsca::journal {
namespace {

constexpr size_t kIdBytes = 16;
constexpr size_t kExtentBytes = 5 * sizeof(uint64_t);
constexpr char kAlone = 1;
constexpr char kDamaged = 1;

void AppendBigEndian(uint64_t number, std::string* out) {
  for (int shift = 56; shift >= 0; shift -= 8) out->push_back(static_cast<char>(number >> shift));
}

template <typename Number>
void AppendLittleEndian(Number number, std::string* out) {
  for (size_t i = 0; i < sizeof(number); ++i) {
    out->push_back(static_cast<char>(number >> (8 * i)));
  }
}

// The following consume what they read; `in` is long enough.
uint64_t TakeBigEndian(absl::string_view* in) {
  uint64_t number = 0;
  for (size_t i = 0; i < sizeof(number); ++i) {
    number = number << 8 | static_cast<unsigned char>((*in)[i]);
  }
  in->remove_prefix(sizeof(number));
  return number;
}

template <typename Number>
Number TakeLittleEndian(absl::string_view* in) {
  Number number = 0;
  for (size_t i = 0; i < sizeof(number); ++i) {
    number |= static_cast<Number>(static_cast<unsigned char>((*in)[i])) << (8 * i);
  }
  in->remove_prefix(sizeof(number));
  return number;
}

char TakeByte(absl::string_view* in) {
  const char byte = in->front();
  in->remove_prefix(1);
  return byte;
}

std::string LogKeyOf(KeyKind kind, uint64_t log) {
  std::string key(1, static_cast<char>(kind));
  AppendBigEndian(log, &key);
  return key;
}

}  // namespace

std::string HeaderKey() { return std::string(1, static_cast<char>(KeyKind::kHeader)); }
std::string ClockKey() { return std::string(1, static_cast<char>(KeyKind::kClock)); }
std::string RecordKey(uint64_t log) { return LogKeyOf(KeyKind::kRecord, log); }
std::string FirstKey(uint64_t log) { return LogKeyOf(KeyKind::kFirst, log); }
std::string ExtentKey(uint64_t log) { return LogKeyOf(KeyKind::kExtent, log); }

std::string EntryKey(uint64_t log, uint64_t sequence) {
  std::string key = LogKeyOf(KeyKind::kEntry, log);
  AppendBigEndian(sequence, &key);
  return key;
}

std::optional<LogKey> ParseLogKey(absl::string_view key) {
  if (key.size() < 1 + sizeof(uint64_t)) return std::nullopt;
  LogKey parsed{static_cast<KeyKind>(TakeByte(&key)), 0, 0};
  parsed.log = TakeBigEndian(&key);
  switch (parsed.kind) {
    case KeyKind::kRecord:
    case KeyKind::kFirst:
    case KeyKind::kExtent:
      if (!key.empty()) return std::nullopt;
      return parsed;
    case KeyKind::kEntry:
      if (key.size() != sizeof(uint64_t)) return std::nullopt;
      parsed.sequence = TakeBigEndian(&key);
      return parsed;
    default:
      return std::nullopt;
  }
}

std::string NewJournalId() {
  std::string id(kIdBytes, 0);
  RAND_bytes(reinterpret_cast<unsigned char*>(id.data()), kIdBytes);
  return id;
}

std::string EncodeHeader(const Header& header) {
  std::string value;
  AppendLittleEndian(header.version, &value);
  value += header.id;
  value.push_back(header.damaged ? kDamaged : 0);
  return value;
}

std::optional<Header> DecodeHeader(absl::string_view value) {
  // Later versions may append fields; the version alone says whether they may be passed over.
  if (value.size() < sizeof(uint32_t) + kIdBytes + 1) return std::nullopt;
  Header header;
  header.version = TakeLittleEndian<uint32_t>(&value);
  header.id = std::string(value.substr(0, kIdBytes));
  value.remove_prefix(kIdBytes);
  header.damaged = TakeByte(&value) == kDamaged;
  return header;
}

std::string EncodeClock(const ClockReading& reading) {
  std::string value;
  AppendLittleEndian(reading.journal_nanos, &value);
  AppendLittleEndian(reading.uptime_nanos, &value);
  return value + reading.boot_id;
}

std::optional<ClockReading> DecodeClock(absl::string_view value) {
  if (value.size() < 2 * sizeof(uint64_t)) return std::nullopt;
  ClockReading reading;
  reading.journal_nanos = TakeLittleEndian<uint64_t>(&value);
  reading.uptime_nanos = TakeLittleEndian<uint64_t>(&value);
  reading.boot_id = std::string(value);
  return reading;
}

std::string EncodeFirst(uint64_t sequence) {
  std::string value;
  AppendLittleEndian(sequence, &value);
  return value;
}

std::optional<uint64_t> DecodeFirst(absl::string_view value) {
  if (value.size() != sizeof(uint64_t)) return std::nullopt;
  return TakeLittleEndian<uint64_t>(&value);
}

std::string EncodeExtent(const Extent& extent) {
  std::string value;
  AppendLittleEndian(extent.first, &value);
  AppendLittleEndian(extent.last, &value);
  AppendLittleEndian(extent.start_cost, &value);
  AppendLittleEndian(extent.end_cost, &value);
  AppendLittleEndian(extent.first_age_millis, &value);
  return value;
}

std::optional<Extent> DecodeExtent(absl::string_view value) {
  if (value.size() < kExtentBytes) return std::nullopt;
  Extent extent;
  extent.first = TakeLittleEndian<uint64_t>(&value);
  extent.last = TakeLittleEndian<uint64_t>(&value);
  extent.start_cost = TakeLittleEndian<uint64_t>(&value);
  extent.end_cost = TakeLittleEndian<uint64_t>(&value);
  extent.first_age_millis = TakeLittleEndian<uint64_t>(&value);
  const bool possible =
      extent.first >= 1 && extent.last >= extent.first - 1 && extent.end_cost >= extent.start_cost;
  if (!possible) return std::nullopt;
  return extent;
}

void AppendEntryHeader(const EntryHeader& header, std::string* value) {
  value->push_back(header.alone ? kAlone : 0);
  AppendLittleEndian(header.end_cost, value);
  AppendLittleEndian(header.cost, value);
  AppendLittleEndian(header.age_millis, value);
}

std::optional<EntryHeader> ConsumeEntryHeader(absl::string_view* value) {
  if (value->size() < kEntryHeaderBytes) return std::nullopt;
  EntryHeader header;
  header.alone = TakeByte(value) == kAlone;
  header.end_cost = TakeLittleEndian<uint64_t>(value);
  header.cost = TakeLittleEndian<uint32_t>(value);
  header.age_millis = TakeLittleEndian<uint64_t>(value);
  return header;
}

}  // namespace rsca::journal
