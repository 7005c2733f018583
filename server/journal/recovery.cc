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

absl::Status FindPlace(const Store& store, rocksdb::Iterator* iterator,
                       DurableResultLog::Place* place) {
  const absl::StatusOr<std::string> first = store.Get(FirstKey(place->log));
  if (first.ok()) {
    place->first = DecodeFirst(*first).value_or(0);
    if (place->first == 0) return WrongLog(place->log, "its first sequence cannot be read");
  } else if (!absl::IsNotFound(first.status())) {
    return first.status();
  }
  place->last = place->first - 1;
  iterator->SeekForPrev(EntryKey(place->log, std::numeric_limits<uint64_t>::max()));
  const std::optional<LogKey> last = EntryAt(*iterator, place->log);
  if (!last.has_value()) return FromRocksDb("cannot read", iterator->status());
  const auto last_header = HeaderAt(*iterator, *last);
  if (!last_header.ok()) return last_header.status();
  if (last->sequence < place->first) {
    return WrongLog(place->log, absl::StrCat("entries from ", place->first, " on are missing"));
  }
  place->last = last->sequence;
  place->end_cost = last_header->end_cost;
  iterator->Seek(EntryKey(place->log, place->first));
  if (!iterator->status().ok()) return FromRocksDb("cannot read", iterator->status());
  const std::optional<LogKey> oldest = EntryAt(*iterator, place->log);
  if (!oldest.has_value() || oldest->sequence != place->first) {
    return WrongLog(place->log, absl::StrCat("entry ", place->first, " is missing"));
  }
  const auto oldest_header = HeaderAt(*iterator, *oldest);
  if (!oldest_header.ok()) return oldest_header.status();
  place->start_cost = oldest_header->start_cost();
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<StoredLog>> ReadLogs(const Store& store) {
  std::vector<StoredLog> logs;
  const std::unique_ptr<rocksdb::Iterator> records = store.Iterate();
  const std::unique_ptr<rocksdb::Iterator> entries = store.Iterate();
  for (records->Seek(RecordKey(0)); records->Valid(); records->Next()) {
    const std::optional<LogKey> key = ParseLogKey({records->key().data(), records->key().size()});
    if (!key.has_value() || key->kind != KeyKind::kRecord) break;
    StoredLog log;
    log.place.log = key->log;
    log.place.published = true;
    log.record = records->value().ToString();
    if (absl::Status status = FindPlace(store, entries.get(), &log.place); !status.ok()) {
      return status;
    }
    logs.push_back(std::move(log));
  }
  if (!records->status().ok()) return FromRocksDb("cannot read the records", records->status());
  return logs;
}

}  // namespace rsca::journal
