// What the commands print.
#ifndef RSCA_SERVER_JOURNAL_TOOL_OUTPUT_H_
#define RSCA_SERVER_JOURNAL_TOOL_OUTPUT_H_

#include <google/protobuf/timestamp.pb.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "rsca/journal/v1/registration_record.pb.h"
#include "rsca/v1/registration.pb.h"

namespace rsca::journal {

using Json = nlohmann::ordered_json;

// One line. Text that is not UTF-8 is shown with replacement characters.
std::string ToLine(const Json& json);

// Aligned columns; empty cells are `-`. The first row has the headings.
std::string RenderTable(const std::vector<std::vector<std::string>>& rows);

// Bytes on one line, cut if they are many: text as it is, else how many they are.
std::string BlobText(const std::string& bytes);

// RFC 3339, UTC.
std::string TimeText(const google::protobuf::Timestamp& time);

// `active`, `completed`, …
std::string StateWord(v1::RegistrationRecord::State state);
std::string OutcomeWord(int kind);

Json ToJson(const v1::RegistrationRecord& record);

// Tells on standard error, every few seconds, how many there are so far.
class Progress {
 public:
  explicit Progress(absl::string_view what);
  void Step();

 private:
  const std::string what_;
  uint64_t count_ = 0;
  absl::Time next_;
};

}  // namespace rsca::journal

#endif  // RSCA_SERVER_JOURNAL_TOOL_OUTPUT_H_
