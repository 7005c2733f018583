// Everything that is in a journal's database, checked against FORMAT.md.
#ifndef RSCA_SERVER_JOURNAL_TOOL_CONTENTS_H_
#define RSCA_SERVER_JOURNAL_TOOL_CONTENTS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "rsca/journal/v1/registration_record.pb.h"
#include "rsca/v1/result.pb.h"
#include "server/journal/format.h"
#include "server/journal/store.h"
#include "server/journal_tool/key_scan.h"

namespace rsca::journal {

// One log: the record of a registration and its entries.
struct CheckedLog {
  uint64_t number = 0;
  bool has_record = false;
  std::optional<v1::RegistrationRecord> record;  // of one that can be read
  std::optional<Extent> extent;                  // as it is stored, if that can be read
  uint64_t first = 1;  // the oldest sequence that there should be; 0 if that is not known
  uint64_t entries = 0;
  uint64_t bytes = 0;  // of the entries, as they are stored
  uint64_t oldest = 0;
  uint64_t newest = 0;
  // The newest entries that are there without a gap; none while its last is 0.
  Extent run{0, 0, 0, 0, 0};
  bool newest_missing = false;  // entries after the run are damaged, or may be missing
  std::optional<rsca::v1::Result> final_result;  // the last of the run, if it is final
  uint64_t final_age_millis = 0;
  std::vector<std::string> problems;

  bool ended() const {
    return record.has_value() && record->state() == v1::RegistrationRecord::STATE_ENDED;
  }
  // For people: `registrations/ID (log 5)`.
  std::string Name() const;
};

struct Contents {
  bool empty = true;
  std::optional<Header> header;
  std::optional<ClockReading> clock;
  bool clock_damaged = false;
  uint64_t greatest_age_millis = 0;
  std::map<uint64_t, CheckedLog> logs;
  std::vector<std::string> unknown_keys;
  std::vector<std::string> problems;  // beside those of the logs
  std::vector<Hole> holes;

  uint64_t entries() const;
};

// Reads all of it, over what cannot be read; says on standard error how far it is if that takes
// long. FAILED_PRECONDITION: a newer version has written it.
absl::StatusOr<Contents> CheckContents(const Store& store);

// For people: `entry 7 of log 5`.
std::string KeyName(absl::string_view key);

}  // namespace rsca::journal

#endif  // RSCA_SERVER_JOURNAL_TOOL_CONTENTS_H_
