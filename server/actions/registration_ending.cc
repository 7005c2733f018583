// How a registration ends, or does not: its final result, its one outcome, a begin anew.
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/hresult.h"
#include "common/log.h"
#include "common/worker_protocol.h"
#include "server/actions/endings.h"
#include "server/actions/registration.h"

namespace rsca::actions {

using workers::End;

void Registration::Refuse(const absl::Status& status, Effects* effects) {
  ChangeState(State::kEnded, "refused");
  context_->timers->Cancel(timer_);
  refusal_ = status;
  Announce(status, effects);
  effects->over = true;
  effects->refused = true;
  LogInfo("registration refused", {{"registration", id_},
                                   {"function", request_.function},
                                   {"owner", request_.owner},
                                   {"code", absl::StatusCodeToString(status.code())},
                                   {"error", absl::string_view(status.message())}});
}

void Registration::Announce(const absl::Status& status, Effects* effects) {
  if (std::exchange(announced_, true)) return;
  effects->started = std::exchange(start_callbacks_, {});
  effects->start_status = status;
}

void Registration::EndByReport(const workers::Report& report, Effects* effects) {
  const bool shut_down = report.shutdown != nullptr && state_ == State::kActive && !draining_;
  if (shut_down && restartable_) restart_cause_ = {End::Kind::kWorkerRecycled, 0, *report.shutdown};
  const bool left = OutlivesDrain() && state_ != State::kUnregistering;
  if (state_ == State::kMoving || (shut_down && restartable_) || left) {
    // The end of that conversation only; what it says is a result like any other.
    if (!report.response.empty()) {
      std::vector<journal::Entry> entries;
      entries.push_back(Number(report.hr_status, report.response, report.report_time, nullptr));
      effects->wakeups.push_back(log_->Append(std::move(entries)));
    }
    if (left) return LeaveToNextServer();
    return Restart(restart_cause_, effects);
  }
  Ending ending = EndingBy(report);
  if (state_ == State::kUnregistering) {
    ending.outcome = OutcomeOfUnregister("with a final result of the plug-in");
  } else if (draining_) {
    ending.outcome = {Outcome::Kind::kCancelled, "the server was shutting down", std::nullopt};
  } else if (shut_down) {
    // It ends because its worker does, whatever the plug-in says to that.
    ending.outcome = EndingBy(End{End::Kind::kWorkerRecycled, 0, *report.shutdown}).outcome;
  }
  EndAs(std::move(ending), report.response, effects);
}

void Registration::EndBy(const End& end, Effects* effects) {
  if (MayRestartAfter(end)) return Restart(end, effects);
  if (OutlivesDrain() && state_ != State::kUnregistering) return LeaveToNextServer();
  // Of a plug-in that is shut down, dropping its callback says nothing more.
  if (draining_ && end.kind != End::Kind::kUnregistered && end.kind != End::Kind::kResultsLost) {
    const Outcome outcome = {Outcome::Kind::kCancelled, "the server was shutting down",
                             std::nullopt};
    if (request_.durable) return EndAs({outcome, kHrShuttingDown}, "", effects);
    outcome_ = outcome;
    ChangeState(State::kEnded, "the server is shutting down");
    context_->timers->Cancel(timer_);
    end_time_ = absl::Now();
    effects->over = true;
    LogLife();
    return;
  }
  const absl::Status journal = request_.durable ? context_->journal->status() : absl::OkStatus();
  // The journal may have healed since.
  const bool was_refused =
      request_.durable && (end.hresult == kHrDiskFull || end.hresult == kHrWriteFault);
  if (end.kind == End::Kind::kDropped && state_ == State::kActive &&
      (was_refused || !journal.ok())) {
    // Its last report was refused, perhaps the final one.
    End refused = end;
    refused.exit.detail = journal.ok() ? HresultText(end.hresult) : std::string(journal.message());
    if (restartable_) return Restart(refused, effects);
    return EndAs({{Outcome::Kind::kResultsLost, RestartReason(refused), std::nullopt}, kHrDataLost},
                 "", effects);
  }
  // Dropping the callback is one of a plug-in's ways to do as it is asked.
  const bool as_asked = end.kind == End::Kind::kUnregistered ||
                        (end.kind == End::Kind::kDropped && state_ == State::kUnregistering);
  if (!as_asked) return EndAs(EndingBy(end), "", effects);
  const int32_t hresult = end.kind == End::Kind::kUnregistered ? end.hresult : 0;
  EndUnregistered(
      HrSucceeded(hresult)
          ? std::string("without a final result of the plug-in")
          : absl::StrCat("although the plug-in's unregister call returned ", HresultText(hresult)),
      hresult, effects);
}

void Registration::EndUnregistered(absl::string_view how, int32_t hresult, Effects* effects) {
  EndAs({OutcomeOfUnregister(how),
         unregister_kind_ == Outcome::Kind::kCancelled ? kHrCancelled : hresult},
        "", effects);
}

void Registration::EndAs(Ending ending, absl::string_view response, Effects* effects) {
  outcome_ = std::move(ending.outcome);
  end_time_ = absl::Now();
  journal::Entry last = Number(ending.hr_status, response, end_time_, &*outcome_);
  ChangeState(State::kEnded, outcome_->message);
  context_->timers->Cancel(timer_);
  LogLife();
  if (request_.durable) {
    ended_at_ = context_->journal->Now();
    effects->wakeups.push_back(durable_log_->End(
        std::move(last), Record(),
        [self = shared_from_this()] { self->context_->owner->OnOver(self, false); }));
    return;
  }
  std::vector<journal::Entry> entries;
  entries.push_back(std::move(last));
  effects->wakeups.push_back(log_->Append(std::move(entries)));
  effects->wakeups.push_back(log_->Seal());
  effects->over = true;
}

Outcome Registration::OutcomeOfUnregister(absl::string_view how) const {
  if (unregister_kind_ == Outcome::Kind::kCancelled) {
    return {Outcome::Kind::kCancelled,
            absl::StrCat("no stream was attached for ", absl::FormatDuration(detach_grace_),
                         request_.durable ? " (ttl)" : ""),
            std::nullopt};
  }
  return {Outcome::Kind::kUnregistered, absl::StrCat("a client unregistered it, ", how),
          std::nullopt};
}

journal::Entry Registration::Number(int32_t hr_status, absl::string_view response,
                                    absl::Time report_time, const Outcome* outcome) {
  result_bytes_ += static_cast<int64_t>(response.size());
  const uint64_t cost = response.size() + kReportOverheadBytes;
  credit_.OnAppended(cost);
  return {context_->encoder->EncodeResult(
              {++last_sequence_, hr_status, response, report_time, outcome}),
          cost, /*alone=*/false};
}

std::vector<journal::Entry> Registration::Number(absl::Span<const workers::Report> reports,
                                                 uint64_t* cost) {
  std::vector<NumberedResult> results;
  results.reserve(reports.size());
  for (const workers::Report& report : reports) {
    results.push_back(
        {++last_sequence_, report.hr_status, report.response, report.report_time, nullptr});
  }
  std::vector<size_t> ends;
  ends.reserve(reports.size());
  const grpc::Slice block = context_->encoder->EncodeResults(results, &ends);
  std::vector<journal::Entry> entries;
  entries.reserve(reports.size());
  size_t begin = 0;
  for (size_t i = 0; i < reports.size(); begin = ends[i++]) {
    const size_t bytes = reports[i].response.size();
    result_bytes_ += static_cast<int64_t>(bytes);
    *cost += bytes + kReportOverheadBytes;
    entries.push_back({{block, begin, ends[i]}, bytes + kReportOverheadBytes, /*alone=*/false});
  }
  credit_.OnAppended(*cost);
  return entries;
}

// The one line of a registration's life.
void Registration::LogLife() const {
  LogInfo("registration ended",
          {{"registration", id_},
           {"function", request_.function},
           {"owner", request_.owner},
           {"pool", pool_},
           {"outcome", OutcomeName(outcome_->kind)},
           {"results", last_sequence_},
           {"bytes", result_bytes_},
           {"duration", absl::FormatDuration(context_->timers->Now() - created_at_)},
           {"message", absl::string_view(outcome_->message)}});
}

}  // namespace rsca::actions
