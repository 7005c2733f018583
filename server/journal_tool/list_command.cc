// The command `list`.
#include <iostream>

#include "absl/strings/str_cat.h"
#include "server/journal/recovery.h"
#include "server/journal_tool/commands.h"
#include "server/journal_tool/output.h"
#include "server/journal_tool/place.h"

namespace rsca::journal {
namespace {

struct Row {
  v1::RegistrationRecord record;
  Extent extent;

  uint64_t bytes() const { return extent.end_cost - extent.start_cost; }
};

void PrintTable(const std::vector<Row>& rows) {
  std::vector<std::vector<std::string>> cells = {
      {"ID", "FUNCTION", "OWNER", "STATE", "FIRST", "LAST", "BYTES", "CREATED", "OUTCOME"}};
  for (const Row& row : rows) {
    const v1::RegistrationRecord& record = row.record;
    const bool ended = record.has_outcome();
    cells.push_back({record.id(), record.function(), record.owner(), StateWord(record.state()),
                     absl::StrCat(row.extent.first), absl::StrCat(row.extent.last),
                     absl::StrCat(row.bytes()), TimeText(record.create_time()),
                     ended ? absl::StrCat(OutcomeWord(record.outcome().kind()), ": ",
                                          record.outcome().message())
                           : ""});
  }
  std::cout << RenderTable(cells);
}

void PrintJson(const std::vector<Row>& rows, bool lines) {
  if (!lines) std::cout << "[";
  const char* separator = "\n";
  for (const Row& row : rows) {
    Json json = ToJson(row.record);
    json["first_sequence"] = row.extent.first;
    json["last_sequence"] = row.extent.last;
    json["bytes"] = row.bytes();
    std::string line = ToLine(json);
    if (!lines) {
      line.pop_back();
      std::cout << separator;
      separator = ",\n";
    }
    std::cout << line;
  }
  if (!lines) std::cout << (rows.empty() ? "]\n" : "\n]\n");
}

}  // namespace

int ListRegistrations(const std::string& directory, const std::string& format) {
  const absl::StatusOr<OpenedJournal> journal = OpenJournal(directory);
  if (!journal.ok()) return Fail(journal.status());
  const absl::StatusOr<std::vector<StoredLog>> logs = ReadLogs(*journal->store, journal->version);
  if (!logs.ok()) return Fail(logs.status());
  std::vector<Row> rows;
  for (const StoredLog& log : *logs) {
    Row row{{}, log.place.extent};
    if (!row.record.ParseFromString(log.record)) {
      return Fail(absl::DataLossError(
          absl::StrCat("the record of log ", log.place.log, " cannot be read")));
    }
    rows.push_back(std::move(row));
  }
  if (format == "table") {
    PrintTable(rows);
  } else {
    PrintJson(rows, format == "jsonl");
  }
  return kExitOk;
}

}  // namespace rsca::journal
