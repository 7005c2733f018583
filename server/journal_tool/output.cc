#include "server/journal_tool/output.h"

#include <algorithm>
#include <iostream>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "common/utf.h"

namespace rsca::journal {
namespace {

constexpr size_t kBlobBytes = 80;
constexpr absl::Duration kTellEvery = absl::Seconds(3);
constexpr uint64_t kStepsBetweenClocks = 1024;

std::string EnumWord(const std::string& name, absl::string_view prefix, int number) {
  if (name.empty()) return absl::StrCat(number);  // of a newer server
  return absl::AsciiStrToLower(absl::StripPrefix(name, prefix));
}

}  // namespace

std::string ToLine(const Json& json) {
  return json.dump(-1, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace) + "\n";
}

std::string RenderTable(const std::vector<std::vector<std::string>>& rows) {
  std::vector<size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      const std::string cell = row[i].empty() ? "-" : row[i];
      absl::StrAppend(&line, cell);
      line.append(widths[i] - std::min(widths[i], cell.size()) + 2, ' ');
    }
    absl::StrAppend(&text, absl::StripTrailingAsciiWhitespace(line), "\n");
  }
  return text;
}

std::string BlobText(const std::string& bytes) {
  if (!IsUtf8(bytes)) return absl::StrCat(bytes.size(), " bytes");
  std::string shown = bytes;
  absl::StripTrailingAsciiWhitespace(&shown);
  if (shown.size() <= kBlobBytes) return absl::Utf8SafeCEscape(shown);
  size_t end = kBlobBytes;
  while ((shown[end] & 0xC0) == 0x80) --end;  // not within a character
  return absl::StrCat(absl::Utf8SafeCEscape(shown.substr(0, end)), "… (", bytes.size(), " bytes)");
}

std::string TimeText(const google::protobuf::Timestamp& time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ",
                          absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos()),
                          absl::UTCTimeZone());
}

std::string StateWord(v1::RegistrationRecord::State state) {
  return EnumWord(v1::RegistrationRecord::State_Name(state), "STATE_", state);
}

std::string OutcomeWord(int kind) {
  const auto value = static_cast<rsca::v1::Outcome::Kind>(kind);
  return EnumWord(rsca::v1::Outcome::Kind_Name(value), "KIND_", kind);
}

Json ToJson(const v1::RegistrationRecord& record) {
  Json json;
  json["registration"] = "registrations/" + record.id();
  json["function"] = record.function();
  json["arguments"] = record.arguments();
  json["owner"] = record.owner();
  json["request_id"] = record.request_id();
  json["pool"] = record.pool();
  json["response_content_type"] = record.response_content_type();
  json["state"] = StateWord(record.state());
  json["create_time"] = TimeText(record.create_time());
  if (record.has_outcome()) {
    json["end_time"] = TimeText(record.end_time());
    json["outcome"] = {{"kind", OutcomeWord(record.outcome().kind())},
                       {"message", record.outcome().message()}};
  }
  return json;
}

Progress::Progress(absl::string_view what) : what_(what), next_(absl::Now() + kTellEvery) {}

void Progress::Step() {
  if (++count_ % kStepsBetweenClocks != 0 || absl::Now() < next_) return;
  next_ = absl::Now() + kTellEvery;
  std::cerr << "rsca-journal: " << count_ << " " << what_ << std::endl;
}

}  // namespace rsca::journal
