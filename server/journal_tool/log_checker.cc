#include "server/journal_tool/log_checker.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace rsca::journal {
namespace {

// What an entry costs beside its response; see FORMAT.md.
constexpr uint64_t kCostBesideResponse = 96;

std::string Sequences(uint64_t first, uint64_t last) {
  return first == last ? absl::StrCat("result ", first)
                       : absl::StrCat("results ", first, " to ", last, " (", last - first + 1, ")");
}

}  // namespace

const Hole* LogChecker::HoleAt(uint64_t sequence) const {
  const std::string key = EntryKey(log_->number, sequence);
  for (const Hole& hole : *holes_) {
    if (hole.after < key && (hole.before.empty() || key < hole.before)) return &hole;
  }
  return nullptr;
}

void LogChecker::Problem(uint64_t first, uint64_t last, absl::string_view what) {
  if (wrong_.last + 1 != first || wrong_.what != what) {
    TellWrong();
    wrong_ = {first, last, std::string(what)};
  }
  wrong_.last = last;
}

void LogChecker::TellWrong() {
  if (wrong_.last == 0) return;
  log_->problems.push_back(absl::StrCat(Sequences(wrong_.first, wrong_.last),
                                        wrong_.what.front() == ',' ? "" : ": ", wrong_.what));
  wrong_ = {};
}

void LogChecker::OnGap(uint64_t first, uint64_t last, const std::optional<EntryHeader>& next) {
  std::string what;
  if (previous_.has_value() && next.has_value() && next->start_cost() > previous_->end_cost) {
    const uint64_t cost = next->start_cost() - previous_->end_cost;
    const uint64_t beside = kCostBesideResponse * (last - first + 1);
    if (cost >= beside) what = absl::StrCat(", ", cost - beside, " bytes of responses:");
  }
  const Hole* const hole = HoleAt(first);
  absl::StrAppend(&what, what.empty() ? "" : " ",
                  hole != nullptr ? "cannot be read: " + hole->why : "missing");
  Problem(first, last, what);
}

void LogChecker::OnEntry(uint64_t sequence, absl::string_view value) {
  ++log_->entries;
  log_->bytes += value.size();
  if (log_->oldest == 0) log_->oldest = sequence;
  log_->newest = sequence;
  if (log_->first != 0 && sequence < log_->first) {
    ++left_over_;
    return;
  }
  if (expected_ == 0) expected_ = log_->first != 0 ? log_->first : sequence;
  const std::optional<EntryHeader> header = ConsumeEntryHeader(&value);
  if (sequence > expected_) {
    OnGap(expected_, sequence - 1, header);
    Break();
  } else if (in_run_ && log_->final_result.has_value()) {
    Problem(sequence, sequence, "after the final result");
    Break();
  } else if (in_run_ && header.has_value() && previous_.has_value() &&
             header->start_cost() != previous_->end_cost) {
    Problem(sequence, sequence,
            absl::StrCat("beginning at cost ", header->start_cost(),
                         " where the one before ends at ", previous_->end_cost));
    Break();
  }
  expected_ = sequence + 1;
  previous_ = header;
  log_->final_result = std::nullopt;
  const std::optional<std::string> wrong =
      header.has_value() ? CheckBytes(sequence, value) : "too short";
  if (wrong.has_value()) {
    Problem(sequence, sequence, *wrong);
    Break();
    return;
  }
  log_->final_age_millis = header->age_millis;
  if (!in_run_) log_->run = {sequence, 0, header->start_cost(), 0, header->age_millis};
  in_run_ = true;
  log_->run.last = sequence;
  log_->run.end_cost = header->end_cost;
}

std::optional<std::string> LogChecker::CheckBytes(uint64_t sequence, absl::string_view bytes) {
  rsca::v1::ResultStreamResponse response;
  if (!response.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return "no message of the stream";
  }
  const bool is_result = response.results_size() == 1 && !response.has_interruption();
  const bool is_interruption = response.results_size() == 0 && response.has_interruption();
  if ((!is_result && !is_interruption) || response.has_registered() || response.has_heartbeat()) {
    return "neither one result nor one interruption";
  }
  const uint64_t number =
      is_result ? response.results(0).sequence() : response.interruption().sequence();
  if (number != sequence) return "with another number in the message";
  if (is_result && response.results(0).final()) {
    log_->final_result = std::move(*response.mutable_results(0));
  }
  return std::nullopt;
}

uint64_t LogChecker::Next() const {
  return expected_ != 0 ? expected_ : std::max<uint64_t>(log_->first, 1);
}

void LogChecker::CheckExtent() {
  if (!log_->extent.has_value()) {
    log_->problems.emplace_back(log_->first == 0 ? "its extent cannot be read"
                                                 : "its extent is missing");
    log_->newest_missing = log_->newest_missing || log_->entries == 0;
    return;
  }
  const Extent& extent = *log_->extent;
  if (extent.last >= Next()) {
    OnGap(Next(), extent.last, std::nullopt);
    TellWrong();
    expected_ = extent.last + 1;
    log_->newest_missing = true;
    return;
  }
  if (!in_run_ || log_->run.first != extent.first) return;  // that is told already
  if (log_->run.last != extent.last || log_->run.start_cost != extent.start_cost ||
      log_->run.end_cost != extent.end_cost) {
    log_->problems.push_back(absl::StrCat(
        "its extent, ", extent.first, " to ", extent.last, " at cost ", extent.start_cost, " to ",
        extent.end_cost, ", is not that of its results, ", log_->run.first, " to ", log_->run.last,
        " at cost ", log_->run.start_cost, " to ", log_->run.end_cost));
  }
}

void LogChecker::CheckEnd() {
  const uint64_t next = Next();
  // An ended log goes on no more, and a live one that lost its newest entries must not reuse them.
  const bool complete = in_run_ && log_->ended() && log_->final_result.has_value();
  const Hole* const hole = log_->extent.has_value() ? nullptr : HoleAt(next);
  if (hole != nullptr && !complete) {
    log_->problems.push_back(
        absl::StrCat("what there is from result ", next, " on cannot be read: ", hole->why));
    log_->newest_missing = true;
  }
  if (!in_run_ && log_->entries > left_over_) log_->newest_missing = true;
  if (!log_->record.has_value()) return;
  const bool has_final = in_run_ && log_->final_result.has_value();
  if (log_->ended() && !has_final) {
    log_->problems.emplace_back("it has ended, and its final result is missing");
    log_->newest_missing = true;
  } else if (!log_->ended() && has_final) {
    log_->problems.emplace_back("its final result is there, but its record says that it lives");
  }
}

void LogChecker::Finish() {
  TellWrong();
  if (!log_->has_record) {
    std::string what = "there is no record of its registration";
    if (log_->entries > 0) {
      absl::StrAppend(&what, "; it has ", log_->entries, " results within ", log_->oldest, " to ",
                      log_->newest, ", ", log_->bytes, " bytes");
    }
    log_->problems.push_back(std::move(what));
  } else if (!log_->record.has_value()) {
    log_->problems.push_back(absl::StrCat("its record cannot be read; it has ", log_->entries,
                                          " results, ", log_->bytes, " bytes"));
  }
  if (has_extent_) {
    CheckExtent();
  } else if (log_->first == 0) {
    log_->problems.emplace_back("its first sequence cannot be read");
    log_->newest_missing = log_->newest_missing || log_->entries == 0;
  }
  if (left_over_ > 0) {
    log_->problems.push_back(absl::StrCat(left_over_, " results from ", log_->oldest,
                                          " on are left that retention had dropped"));
  }
  CheckEnd();
}

}  // namespace rsca::journal
