#include "server/journal/recovery.h"

#include <limits>
#include <memory>
#include <optional>

#include "absl/strings/str_cat.h"
#include "server/journal/format.h"

namespace rsca::journal {
namespace {

absl::Status WrongLog(uint64_t log, absl::string_view what) {
  return absl::DataLossError(absl::StrCat("log ", log, ": ", what));
}

std::optional<LogKey> EntryAt(const rocksdb::Iterator& iterator, uint64_t log) {
  if (!iterator.Valid()) return std::nullopt;
  const rocksdb::Slice slice = iterator.key();
  const std::optional<LogKey> key = ParseLogKey({slice.data(), slice.size()});
  if (!key.has_value() || key->kind != KeyKind::kEntry || key->log != log) return std::nullopt;
  return key;
}

absl::StatusOr<EntryHeader> HeaderAt(const rocksdb::Iterator& iterator, const LogKey& key) {
  absl::string_view value(iterator.value().data(), iterator.value().size());
  const std::optional<EntryHeader> header = ConsumeEntryHeader(&value);
  if (!header.has_value()) {
    return WrongLog(key.log, absl::StrCat("entry ", key.sequence, " is too short"));
  }
  return *header;
}

// Version 1 has no extents: they are found from *first* and the entries.
absl::StatusOr<Extent> FindExtent(const Store& store, rocksdb::Iterator* iterator, uint64_t log) {
  Extent extent;
  const absl::StatusOr<std::string> first = store.Get(FirstKey(log));
  if (first.ok()) {
    extent.first = DecodeFirst(*first).value_or(0);
    if (extent.first == 0) return WrongLog(log, "its first sequence cannot be read");
  } else if (!absl::IsNotFound(first.status())) {
    return first.status();
  }
  extent.last = extent.first - 1;
  iterator->SeekForPrev(EntryKey(log, std::numeric_limits<uint64_t>::max()));
  const std::optional<LogKey> last = EntryAt(*iterator, log);
  if (!iterator->status().ok()) return FromRocksDb("cannot read", iterator->status());
  if (!last.has_value()) return extent;
  const auto last_header = HeaderAt(*iterator, *last);
  if (!last_header.ok()) return last_header.status();
  if (last->sequence < extent.first) {
    return WrongLog(log, absl::StrCat("entries from ", extent.first, " on are missing"));
  }
  extent.last = last->sequence;
  extent.end_cost = last_header->end_cost;
  iterator->Seek(EntryKey(log, extent.first));
  if (!iterator->status().ok()) return FromRocksDb("cannot read", iterator->status());
  const std::optional<LogKey> oldest = EntryAt(*iterator, log);
  if (!oldest.has_value() || oldest->sequence != extent.first) {
    return WrongLog(log, absl::StrCat("entry ", extent.first, " is missing"));
  }
  const auto oldest_header = HeaderAt(*iterator, *oldest);
  if (!oldest_header.ok()) return oldest_header.status();
  extent.start_cost = oldest_header->start_cost();
  extent.first_age_millis = oldest_header->age_millis;
  return extent;
}

absl::Status FindExtents(const Store& store, std::vector<StoredLog>* logs) {
  const std::unique_ptr<rocksdb::Iterator> entries = store.IterateOnce();
  for (StoredLog& log : *logs) {
    absl::StatusOr<Extent> extent = FindExtent(store, entries.get(), log.place.log);
    if (!extent.ok()) return extent.status();
    log.place.extent = *extent;
  }
  return absl::OkStatus();
}

// Both are sorted by log. An extent without a record is of a log that is not there.
absl::Status ReadExtents(const Store& store, std::vector<StoredLog>* logs) {
  const std::unique_ptr<rocksdb::Iterator> extents = store.IterateOnce();
  extents->Seek(ExtentKey(0));
  for (StoredLog& log : *logs) {
    const std::string key = ExtentKey(log.place.log);
    while (extents->Valid() && extents->key().compare(key) < 0) extents->Next();
    if (!extents->status().ok()) return FromRocksDb("cannot read the extents", extents->status());
    if (!extents->Valid() || extents->key() != key) {
      return WrongLog(log.place.log, "its extent is missing");
    }
    const std::optional<Extent> extent =
        DecodeExtent({extents->value().data(), extents->value().size()});
    if (!extent.has_value()) return WrongLog(log.place.log, "its extent cannot be read");
    log.place.extent = *extent;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<StoredLog>> ReadRecords(const Store& store) {
  std::vector<StoredLog> logs;
  const std::unique_ptr<rocksdb::Iterator> records = store.IterateOnce();
  for (records->Seek(RecordKey(0)); records->Valid(); records->Next()) {
    const std::optional<LogKey> key = ParseLogKey({records->key().data(), records->key().size()});
    if (!key.has_value() || key->kind != KeyKind::kRecord) break;
    StoredLog log;
    log.place.log = key->log;
    log.place.published = true;
    log.record = records->value().ToString();
    logs.push_back(std::move(log));
  }
  if (!records->status().ok()) return FromRocksDb("cannot read the records", records->status());
  return logs;
}

}  // namespace

absl::StatusOr<std::vector<StoredLog>> ReadLogs(const Store& store, uint32_t version) {
  absl::StatusOr<std::vector<StoredLog>> logs = ReadRecords(store);
  if (!logs.ok()) return logs.status();
  absl::Status status =
      HasExtents(version) ? ReadExtents(store, &*logs) : FindExtents(store, &*logs);
  if (!status.ok()) return status;
  return logs;
}

void AddExtents(const std::vector<StoredLog>& logs, rocksdb::WriteBatch* batch) {
  for (const StoredLog& log : logs) {
    batch->Put(ExtentKey(log.place.log), EncodeExtent(log.place.extent));
    batch->Delete(FirstKey(log.place.log));
  }
}

}  // namespace rsca::journal
