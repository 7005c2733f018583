#include "server/actions/registration.h"

#include <openssl/rand.h>

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/hresult.h"
#include "common/log.h"
#include "common/worker_protocol.h"
#include "server/actions/errors.h"

namespace rsca::actions {
namespace {

using workers::End;

std::string MakeId() {
  unsigned char bytes[16];
  RAND_bytes(bytes, sizeof(bytes));
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(bytes), sizeof(bytes)));
}

}  // namespace

absl::string_view StateName(State state) {
  switch (state) {
    case State::kRegistering:
      return "REGISTERING";
    case State::kActive:
      return "ACTIVE";
    case State::kUnregistering:
      return "UNREGISTERING";
    case State::kEnded:
      return "ENDED";
  }
  return "?";
}

absl::string_view OutcomeName(Outcome::Kind kind) {
  static constexpr absl::string_view kNames[] = {
      "COMPLETED",      "FAILED",          "UNREGISTERED", "TIMED_OUT",      "CANCELLED",
      "WORKER_CRASHED", "WORKER_RECYCLED", "ABANDONED",    "ACCESS_REVOKED", "RESULTS_LOST"};
  return kNames[static_cast<size_t>(kind)];
}

absl::StatusOr<std::shared_ptr<Registration>> Registration::Make(
    RegistrationContext* context, RegisterRequest request, const workers::Function& function) {
  const Limits& limits = context->limits;
  if (!context->budget->Reserve(limits.credit_bytes)) {
    return LimitExceeded("window_bytes", limits.window_bytes,
                         "there is no room for another registration's results");
  }
  std::shared_ptr<Registration> self(new Registration(context, std::move(request), function));
  self->log_ = journal::MemoryResultLog::Make(
      limits.window_bytes_per_registration, limits.credit_bytes, context->budget,
      [weak = std::weak_ptr<Registration>(self)](uint64_t bytes) {
        if (const auto registration = weak.lock()) registration->OnPassed(bytes);
      });
  return self;
}

Registration::Registration(RegistrationContext* context, RegisterRequest request,
                           const workers::Function& function)
    : context_(context),
      id_(MakeId()),
      request_(std::move(request)),
      detach_grace_(request_.detach_grace.value_or(context->limits.detach_grace)),
      pool_(function.pool),
      response_content_type_(function.response_content_type),
      create_time_(absl::Now()),
      created_at_(context->timers->Now()) {}

std::string Registration::name() const { return absl::StrCat("registrations/", id_); }

RegistrationInfo Registration::Info() const {
  RegistrationInfo info;
  info.id = id_;
  info.request = request_;
  info.detach_grace = detach_grace_;
  info.pool = pool_;
  info.response_content_type = response_content_type_;
  info.create_time = create_time_;
  MutexLock lock(&mutex_);
  info.state = state_;
  info.first_sequence = log_->first_sequence();
  info.last_sequence = last_sequence_;
  info.result_count = static_cast<int64_t>(last_sequence_);
  info.result_bytes = result_bytes_;
  info.stream_count = streams_;
  info.window_bytes = log_->kept_bytes();
  info.end_time = end_time_;
  info.outcome = outcome_;
  return info;
}

void Registration::Begin() {
  {
    MutexLock lock(&mutex_);
    ArmTimer(context_->limits.register_timeout, &Registration::OnRegisterTimeout);
  }
  auto handle = context_->starter->Start(
      pool_, {request_.function, request_.arguments, false, context_->limits.credit_bytes},
      shared_from_this());
  Effects effects;
  std::shared_ptr<workers::ActionHandle> granting;
  uint64_t grant = 0;
  {
    MutexLock lock(&mutex_);
    if (handle.ok()) {
      handle_ = *std::move(handle);
      granting = handle_;
      grant = std::exchange(early_grant_, 0);
      // All of it may have happened before there was a way to say so.
      if (state_ == State::kUnregistering) StopConversation();
    } else {
      Refuse(handle.status(), &effects);
    }
  }
  if (grant > 0) granting->Grant(grant);
  Run(std::move(effects));
}

void Registration::WhenStarted(StartCallback callback) {
  absl::Status status;
  {
    MutexLock lock(&mutex_);
    if (state_ == State::kRegistering) {
      start_callbacks_.push_back(std::move(callback));
      return;
    }
    status = refusal_;
  }
  callback(status);
}

absl::StatusOr<Attachment> Registration::Attach(std::optional<uint64_t> after,
                                                std::shared_ptr<journal::ReaderListener> listener) {
  auto reader = log_->OpenReader(after, std::move(listener));
  if (!reader.ok()) return reader.status();
  Attachment attachment;
  MutexLock lock(&mutex_);
  if (streams_ >= static_cast<int>(context_->limits.streams_per_registration)) {
    return LimitExceeded("streams_per_registration", context_->limits.streams_per_registration,
                         absl::StrCat(name(), " has ", streams_, " streams"));
  }
  ++streams_;
  // While it is active the timer is the one that waits for a stream.
  if (state_ == State::kActive) context_->timers->Cancel(timer_);
  attachment.reader = *std::move(reader);
  attachment.lease = std::shared_ptr<void>(
      nullptr, [self = shared_from_this()](void* /*unused*/) { self->OnDetached(); });
  return attachment;
}

void Registration::OnDetached() {
  MutexLock lock(&mutex_);
  --streams_;
  ArmDetachTimer();
}

void Registration::ArmDetachTimer() {
  if (state_ != State::kActive || streams_ > 0) return;
  ArmTimer(detach_grace_, &Registration::OnDetachTimeout);
}

void Registration::Unregister() {
  MutexLock lock(&mutex_);
  if (state_ != State::kActive) return;
  BeginUnregister(Outcome::Kind::kUnregistered, "a client unregistered it");
}

void Registration::BeginUnregister(Outcome::Kind kind, absl::string_view why) {
  unregister_kind_ = kind;
  ChangeState(State::kUnregistering, why);
  ArmTimer(context_->limits.unregister_timeout, &Registration::OnUnregisterTimeout);
  if (handle_ != nullptr) StopConversation();
}

void Registration::StopConversation() {
  // Only queues; the link writes it.
  handle_->Stop(/*discard=*/unregister_kind_ == Outcome::Kind::kCancelled);
}

void Registration::Drain() {
  MutexLock lock(&mutex_);
  draining_ = true;
}

void Registration::OnStarted() {
  Effects effects;
  {
    MutexLock lock(&mutex_);
    if (state_ != State::kRegistering) return;
    ChangeState(State::kActive, "the plug-in accepted");
    context_->timers->Cancel(timer_);
    effects.started = std::exchange(start_callbacks_, {});
    if (early_final_.has_value()) {
      EndByReport(*std::exchange(early_final_, std::nullopt), &effects);
    } else if (early_end_.has_value()) {
      EndBy(*early_end_, &effects);
    }
  }
  Run(std::move(effects));
  // Those who waited have attached by now; if they are gone, the grace begins.
  MutexLock lock(&mutex_);
  ArmDetachTimer();
}

void Registration::OnRefused(const workers::Refusal& refusal) {
  Effects effects;
  {
    MutexLock lock(&mutex_);
    if (state_ != State::kRegistering) return;
    Refuse(FromRefusal(request_.function, refusal), &effects);
  }
  Run(std::move(effects));
}

void Registration::OnReports(absl::Span<workers::Report> reports) {
  Effects effects;
  std::shared_ptr<workers::ActionHandle> handle;
  uint64_t grant = 0;
  {
    MutexLock lock(&mutex_);
    if (state_ == State::kEnded) return;
    std::vector<journal::Entry> entries;
    entries.reserve(reports.size());
    workers::Report* final = nullptr;
    for (workers::Report& report : reports) {
      if (report.final) {
        final = &report;
        break;
      }
      entries.push_back(Number(report.hr_status, report.response, report.report_time, nullptr));
      grant += entries.back().cost;
    }
    effects.wakeups.push_back(log_->Append(std::move(entries)));
    if (final != nullptr && state_ == State::kRegistering) {
      early_final_ = std::move(*final);
    } else if (final != nullptr) {
      EndByReport(*final, &effects);
    }
    // Nobody can read before the register call has returned; until then the window, not the credit,
    // bounds what the plug-in may report inside it.
    if (state_ == State::kRegistering &&
        log_->kept_bytes() < context_->limits.window_bytes_per_registration) {
      granted_ahead_ += grant;
      handle = handle_;
      // Results may be faster than the call that began the conversation.
      if (handle == nullptr) early_grant_ += grant;
    }
  }
  if (handle != nullptr && grant > 0) handle->Grant(grant);
  Run(std::move(effects));
}

void Registration::OnEnded(const End& end) {
  Effects effects;
  {
    MutexLock lock(&mutex_);
    if (state_ == State::kRegistering) {
      early_end_ = end;
      return;
    }
    if (state_ == State::kEnded) return;
    EndBy(end, &effects);
  }
  Run(std::move(effects));
}

void Registration::OnPassed(uint64_t bytes) {
  std::shared_ptr<workers::ActionHandle> handle;
  uint64_t grant = 0;
  {
    MutexLock lock(&mutex_);
    const uint64_t ahead = std::min(bytes, granted_ahead_);
    granted_ahead_ -= ahead;
    to_grant_ += bytes - ahead;
    // A quarter of the credit at a time: few messages, and the plug-in never runs dry.
    if (state_ == State::kEnded || to_grant_ < context_->limits.credit_bytes / 4) return;
    grant = std::exchange(to_grant_, 0);
    handle = handle_;
  }
  if (handle != nullptr) handle->Grant(grant);
}

void Registration::OnRegisterTimeout() {
  Effects effects;
  {
    MutexLock lock(&mutex_);
    if (state_ != State::kRegistering) return;
    if (handle_ != nullptr) handle_->Stop(/*discard=*/true);
    Refuse(PluginTimeout(request_.function, "register", context_->limits.register_timeout),
           &effects);
  }
  Run(std::move(effects));
}

void Registration::OnDetachTimeout() {
  MutexLock lock(&mutex_);
  if (state_ != State::kActive || streams_ > 0) return;
  BeginUnregister(Outcome::Kind::kCancelled, "no stream was attached for detach_grace");
}

void Registration::OnUnregisterTimeout() {
  Effects effects;
  {
    MutexLock lock(&mutex_);
    if (state_ != State::kUnregistering) return;
    if (handle_ != nullptr) handle_->Stop(/*discard=*/true);
    EndAs({Outcome::Kind::kTimedOut,
           absl::StrCat("the plug-in did not answer the unregister call within ",
                        absl::FormatDuration(context_->limits.unregister_timeout)),
           std::nullopt},
          kHrTimeout, "", &effects);
  }
  Run(std::move(effects));
}

void Registration::Refuse(const absl::Status& status, Effects* effects) {
  ChangeState(State::kEnded, "refused");
  context_->timers->Cancel(timer_);
  refusal_ = status;
  effects->started = std::exchange(start_callbacks_, {});
  effects->start_status = status;
  effects->over = true;
  effects->refused = true;
  LogInfo("registration refused", {{"registration", id_},
                                   {"function", request_.function},
                                   {"owner", request_.owner},
                                   {"code", absl::StatusCodeToString(status.code())},
                                   {"error", absl::string_view(status.message())}});
}

void Registration::EndByReport(const workers::Report& report, Effects* effects) {
  Outcome outcome;
  if (state_ == State::kUnregistering) {
    outcome = OutcomeOfUnregister("with a final result of the plug-in");
  } else if (draining_) {
    outcome = {Outcome::Kind::kCancelled, "the server was shutting down", std::nullopt};
  } else if (HrSucceeded(report.hr_status)) {
    outcome = {Outcome::Kind::kCompleted, "the plug-in reported its final result", std::nullopt};
  } else {
    outcome = {Outcome::Kind::kFailed,
               absl::StrCat("the plug-in reported ", HresultText(report.hr_status)), std::nullopt};
  }
  EndAs(std::move(outcome), report.hr_status, report.response, effects);
}

void Registration::EndBy(const End& end, Effects* effects) {
  // Of a plug-in that is shut down, dropping its callback says nothing more.
  if (draining_ && end.kind != End::Kind::kUnregistered && end.kind != End::Kind::kResultsLost) {
    outcome_ = {Outcome::Kind::kCancelled, "the server was shutting down", std::nullopt};
    ChangeState(State::kEnded, "the server is shutting down");
    context_->timers->Cancel(timer_);
    end_time_ = absl::Now();
    effects->over = true;
    LogLife();
    return;
  }
  switch (end.kind) {
    case End::Kind::kUnregistered:
      return EndAs(OutcomeOfUnregister(HrSucceeded(end.hresult)
                                           ? std::string("without a final result of the plug-in")
                                           : absl::StrCat("although the plug-in's unregister call "
                                                          "returned ",
                                                          HresultText(end.hresult))),
                   unregister_kind_ == Outcome::Kind::kCancelled ? kHrCancelled : end.hresult, "",
                   effects);
    case End::Kind::kDropped:
      // One of a plug-in's ways to do as it is asked.
      if (state_ == State::kUnregistering) {
        return EndAs(OutcomeOfUnregister("without a final result of the plug-in"),
                     unregister_kind_ == Outcome::Kind::kCancelled ? kHrCancelled : kHrOk, "",
                     effects);
      }
      return EndAs({Outcome::Kind::kAbandoned,
                    "the plug-in dropped its callback without a final result", std::nullopt},
                   kHrUnexpected, "", effects);
    case End::Kind::kResultsLost:
      return EndAs(
          {Outcome::Kind::kResultsLost,
           "a result could not be kept because the streams did not read in time", std::nullopt},
          kHrDataLost, "", effects);
    case End::Kind::kWorkerDied:
      return EndAs({Outcome::Kind::kWorkerCrashed,
                    absl::StrCat("the worker process ", workers::DescribeExit(end.exit)), end.exit},
                   kHrProcessAborted, "", effects);
    case End::Kind::kWorkerStopped:
      return EndAs({Outcome::Kind::kWorkerRecycled, "the worker process was stopped", std::nullopt},
                   kHrShuttingDown, "", effects);
  }
}

void Registration::EndAs(Outcome outcome, int32_t hr_status, absl::string_view response,
                         Effects* effects) {
  outcome_ = std::move(outcome);
  end_time_ = absl::Now();
  std::vector<journal::Entry> entries;
  entries.push_back(Number(hr_status, response, end_time_, &*outcome_));
  effects->wakeups.push_back(log_->Append(std::move(entries)));
  effects->wakeups.push_back(log_->Seal());
  ChangeState(State::kEnded, outcome_->message);
  context_->timers->Cancel(timer_);
  effects->over = true;
  LogLife();
}

Outcome Registration::OutcomeOfUnregister(absl::string_view how) const {
  if (unregister_kind_ == Outcome::Kind::kCancelled) {
    return {Outcome::Kind::kCancelled,
            absl::StrCat("no stream was attached for ", absl::FormatDuration(detach_grace_)),
            std::nullopt};
  }
  return {Outcome::Kind::kUnregistered, absl::StrCat("a client unregistered it, ", how),
          std::nullopt};
}

journal::Entry Registration::Number(int32_t hr_status, absl::string_view response,
                                    absl::Time report_time, const Outcome* outcome) {
  result_bytes_ += static_cast<int64_t>(response.size());
  return {context_->encoder->EncodeResult(
              {++last_sequence_, hr_status, response, report_time, outcome}),
          response.size() + kReportOverheadBytes};
}

void Registration::Run(Effects effects) {
  for (const StartCallback& callback : effects.started) callback(effects.start_status);
  for (journal::Wakeups& wakeups : effects.wakeups) wakeups.Wake();
  if (effects.over) context_->owner->OnOver(shared_from_this(), effects.refused);
}

void Registration::ChangeState(State to, absl::string_view why) {
  LogDebug(
      "registration state",
      {{"registration", id_}, {"from", StateName(state_)}, {"to", StateName(to)}, {"why", why}});
  state_ = to;
}

void Registration::ArmTimer(absl::Duration delay, void (Registration::*action)()) {
  context_->timers->Cancel(timer_);
  timer_ = context_->timers->After(delay, [weak = weak_from_this(), action] {
    if (const auto self = weak.lock()) (self.get()->*action)();
  });
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
