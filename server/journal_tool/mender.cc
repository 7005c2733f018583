#include "server/journal_tool/mender.h"

#include <rocksdb/write_batch.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/journal/format.h"

namespace rsca::journal {
namespace {

constexpr uint64_t kNanosPerMilli = 1'000'000;

class Mender {
 public:
  Mender(const Contents& contents, bool newest_missing)
      : contents_(contents), damaged_(newest_missing) {}

  void Mend() {
    for (const std::string& key : contents_.unknown_keys) {
      batch_.Delete(key);
      Say(absl::StrCat(KeyName(key), ": dropped, it does not belong to a journal"));
    }
    for (const auto& [number, log] : contents_.logs) {
      if (log.problems.empty()) {
        // Of version 1 there is none.
        if (!log.extent.has_value()) PutExtent(log);
      } else if (log.record.has_value()) {
        MendLog(log);
      } else {
        DropLog(log);
      }
    }
    MendClock();
    MendHeader();
  }

  rocksdb::WriteBatch* batch() { return &batch_; }
  const std::vector<std::string>& said() const { return said_; }

 private:
  void Say(std::string text) { said_.push_back(std::move(text)); }

  void DeleteEntries(uint64_t log, uint64_t first, uint64_t end) {
    if (first < end) batch_.DeleteRange(EntryKey(log, first), EntryKey(log, end));
  }

  // What there is afterwards. Without a run the numbers go on after what was there.
  static Extent ExtentLeft(const CheckedLog& log) {
    if (log.run.last != 0) return log.run;
    Extent extent;
    extent.first =
        std::max({extent.first, log.newest + 1, log.first, log.extent.value_or(Extent()).last + 1});
    extent.last = extent.first - 1;
    return extent;
  }

  void PutExtent(const CheckedLog& log) {
    batch_.Delete(FirstKey(log.number));
    batch_.Put(ExtentKey(log.number), EncodeExtent(ExtentLeft(log)));
  }

  void DropLog(const CheckedLog& log) {
    batch_.Delete(RecordKey(log.number));
    batch_.Delete(FirstKey(log.number));
    batch_.Delete(ExtentKey(log.number));
    if (log.entries > 0) {
      DeleteEntries(log.number, log.oldest, log.newest);
      batch_.Delete(EntryKey(log.number, log.newest));
    }
    Say(absl::StrCat(log.Name(), ": dropped with its ", log.entries, " results",
                     log.entries == 0 ? ""
                                      : absl::StrCat(" within ", log.oldest, " to ", log.newest,
                                                     " (", log.bytes, " bytes)"),
                     ": ", absl::StrJoin(log.problems, "; ")));
  }

  void MendLog(const CheckedLog& log) {
    const Extent left = ExtentLeft(log);
    if (log.entries > 0) DeleteEntries(log.number, log.oldest, left.first);
    if (log.run.last != 0 && log.newest > log.run.last) {
      DeleteEntries(log.number, log.run.last + 1, log.newest);
      batch_.Delete(EntryKey(log.number, log.newest));
    }
    PutExtent(log);
    damaged_ = damaged_ || log.newest_missing;
    Say(absl::StrCat(log.Name(), ": ", absl::StrJoin(log.problems, "; ")));
    SayWhatIsLeft(log, left);
    MendRecord(log);
  }

  void SayWhatIsLeft(const CheckedLog& log, const Extent& left) {
    const uint64_t kept = left.last + 1 - left.first;
    std::string text = absl::StrCat(log.Name(), ": ", log.entries - kept, " results dropped, ");
    if (kept > 0) {
      absl::StrAppend(&text, left.first, " to ", left.last, " (", kept, ") kept");
    } else {
      absl::StrAppend(&text, "none kept; it goes on at ", left.first);
    }
    Say(std::move(text));
  }

  // The record and the final result go together.
  void MendRecord(const CheckedLog& log) {
    const bool has_final = log.final_result.has_value();
    if (log.ended() == has_final) return;
    v1::RegistrationRecord record = *log.record;
    if (has_final) {
      const rsca::v1::Result& last = *log.final_result;
      record.set_state(v1::RegistrationRecord::STATE_ENDED);
      record.set_ended_age_millis(log.final_age_millis);
      *record.mutable_end_time() = last.report_time();
      record.mutable_outcome()->set_kind(last.outcome().kind());
      record.mutable_outcome()->set_message(last.outcome().message());
      Say(absl::StrCat(log.Name(), ": has ended, as its final result says"));
    } else {
      record.set_state(v1::RegistrationRecord::STATE_ACTIVE);
      record.clear_ended_age_millis();
      record.clear_end_time();
      record.clear_outcome();
      Say(absl::StrCat(log.Name(), ": was `", log.record->outcome().message(),
                       "`; the server ends it again, with `results lost`"));
    }
    batch_.Put(RecordKey(log.number), record.SerializeAsString());
  }

  // Without a clock the journal would be younger than what is in it.
  void MendClock() {
    if (contents_.clock.has_value()) return;
    if (contents_.greatest_age_millis == 0 && !contents_.clock_damaged) return;
    ClockReading clock;
    clock.journal_nanos = contents_.greatest_age_millis * kNanosPerMilli;
    batch_.Put(ClockKey(), EncodeClock(clock));
    Say("the clock was lost; it goes on at the age of the newest result");
  }

  void MendHeader() {
    const bool lost = !contents_.header.has_value();
    Header header = contents_.header.value_or(Header());
    const bool older = std::exchange(header.version, kFormatVersion) < kFormatVersion;
    if (lost) {
      header.id = NewJournalId();
      damaged_ = true;
      Say("the header was lost: there is a new one");
    }
    if (damaged_) {
      Say("newest results may be missing: at its next start the server ends every registration "
          "that "
          "lives with the outcome `results lost`");
    }
    header.damaged = header.damaged || damaged_;
    if (lost || damaged_ || older) batch_.Put(HeaderKey(), EncodeHeader(header));
  }

  const Contents& contents_;
  bool damaged_;
  rocksdb::WriteBatch batch_;
  std::vector<std::string> said_;
};

}  // namespace

absl::StatusOr<std::vector<std::string>> Mend(const Contents& contents, bool newest_missing,
                                              Store* store) {
  Mender mender(contents, newest_missing);
  mender.Mend();
  if (absl::Status status = store->Write(mender.batch(), /*sync=*/true); !status.ok()) {
    return status;
  }
  return mender.said();
}

}  // namespace rsca::journal
