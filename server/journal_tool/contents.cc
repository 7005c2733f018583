#include "server/journal_tool/contents.h"

#include <algorithm>
#include <limits>
#include <memory>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "server/journal_tool/log_checker.h"
#include "server/journal_tool/output.h"

namespace rsca::journal {
namespace {

class Checker {
 public:
  // The keys that sort after the entries: what the logs are.
  void OnHeading(absl::string_view key, absl::string_view value) {
    if (key == HeaderKey()) {
      contents_.header = DecodeHeader(value);
      contents_.empty = false;
      return;
    }
    contents_.empty = false;
    const std::optional<LogKey> parsed = ParseLogKey(key);
    if (!parsed.has_value()) return OnUnknown(key);
    CheckedLog& log = LogOf(parsed->log);
    if (parsed->kind == KeyKind::kFirst) {
      log.first = DecodeFirst(value).value_or(0);
      return;
    }
    if (parsed->kind == KeyKind::kExtent) {
      log.extent = DecodeExtent(value);
      log.first = log.extent.value_or(Extent{0, 0, 0, 0, 0}).first;
      return;
    }
    log.has_record = true;
    v1::RegistrationRecord record;
    if (record.ParseFromArray(value.data(), static_cast<int>(value.size())) &&
        !record.id().empty()) {
      log.record = std::move(record);
    }
  }

  void OnEntryOrClock(absl::string_view key, absl::string_view value) {
    contents_.empty = false;
    if (key == ClockKey()) {
      contents_.clock = DecodeClock(value);
      contents_.clock_damaged = !contents_.clock.has_value();
      if (contents_.clock_damaged) contents_.problems.emplace_back("the clock cannot be read");
      return;
    }
    const std::optional<LogKey> parsed = ParseLogKey(key);
    if (!parsed.has_value() || parsed->kind != KeyKind::kEntry) return OnUnknown(key);
    CheckedLog* const log = &LogOf(parsed->log);
    if (log != log_) {
      FinishLog();
      log_ = log;
      checker_.emplace(log, HasExtents(), &contents_.holes);
    }
    checker_->OnEntry(parsed->sequence, value);
    if (const auto header = ConsumeEntryHeader(&value); header.has_value()) {
      contents_.greatest_age_millis = std::max(contents_.greatest_age_millis, header->age_millis);
    }
    progress_.Step();
  }

  void OnHole(const Hole& hole) {
    contents_.holes.push_back(hole);
    contents_.problems.push_back(
        absl::StrCat("cannot be read after ", KeyName(hole.after), ", up to ",
                     hole.before.empty() ? "the end" : KeyName(hole.before), ": ", hole.why));
  }

  Contents Finish() {
    FinishLog();
    for (auto& [number, log] : contents_.logs) {
      if (log.entries == 0) LogChecker(&log, HasExtents(), &contents_.holes).Finish();
    }
    return std::move(contents_);
  }

  const Contents& contents() const { return contents_; }

 private:
  bool HasExtents() const {
    return journal::HasExtents(contents_.header.value_or(Header()).version);
  }
  CheckedLog& LogOf(uint64_t number) {
    CheckedLog& log = contents_.logs[number];
    log.number = number;
    return log;
  }
  void FinishLog() {
    if (checker_.has_value()) checker_->Finish();
    checker_.reset();
    log_ = nullptr;
  }
  void OnUnknown(absl::string_view key) {
    contents_.unknown_keys.emplace_back(key);
    contents_.problems.push_back(absl::StrCat(KeyName(key), " does not belong to a journal"));
  }

  Contents contents_;
  CheckedLog* log_ = nullptr;
  std::optional<LogChecker> checker_;
  Progress progress_{"results checked"};
};

}  // namespace

std::string CheckedLog::Name() const {
  if (!record.has_value()) return absl::StrCat("log ", number);
  return absl::StrCat("registrations/", record->id(), " (log ", number, ")");
}

uint64_t Contents::entries() const {
  uint64_t sum = 0;
  for (const auto& [number, log] : logs) sum += log.entries;
  return sum;
}

absl::StatusOr<Contents> CheckContents(const Store& store) {
  Checker checker;
  const auto iterate = [&] { return store.Iterate(); };
  const auto on_hole = [&](const Hole& hole) { checker.OnHole(hole); };
  const std::string headings(1, static_cast<char>(KeyKind::kFirst));
  ScanKeys(
      iterate, headings, "",
      [&](absl::string_view key, absl::string_view value) { checker.OnHeading(key, value); },
      on_hole);
  const std::optional<Header>& header = checker.contents().header;
  if (header.has_value() && header->version > kFormatVersion) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the journal has format version ", header->version,
        ", written by a newer rscad; this rsca-journal knows version ", kFormatVersion));
  }
  ScanKeys(
      iterate, "", headings,
      [&](absl::string_view key, absl::string_view value) { checker.OnEntryOrClock(key, value); },
      on_hole);
  return checker.Finish();
}

std::string KeyName(absl::string_view key) {
  if (key == HeaderKey()) return "the header";
  if (key == ClockKey()) return "the clock";
  if (key.empty()) return "the beginning";
  if (key == std::string(1, static_cast<char>(KeyKind::kFirst))) return "the last entry";
  const std::optional<LogKey> parsed = ParseLogKey(key);
  if (!parsed.has_value()) return absl::StrCat("the key `", absl::CHexEscape(key), "`");
  switch (parsed->kind) {
    case KeyKind::kRecord:
      return absl::StrCat("the record of log ", parsed->log);
    case KeyKind::kFirst:
      return absl::StrCat("the first sequence of log ", parsed->log);
    case KeyKind::kExtent:
      return absl::StrCat("the extent of log ", parsed->log);
    default:
      return absl::StrCat("result ", parsed->sequence, " of log ", parsed->log);
  }
}

}  // namespace rsca::journal
