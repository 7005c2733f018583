// What durable registrations do beyond attached ones: their record in the journal, a journal that
// fails, and the end of one server and the beginning of the next.
#include <utility>

#include "common/hresult.h"
#include "common/log.h"
#include "common/worker_protocol.h"
#include "server/actions/errors.h"
#include "server/actions/registration.h"

namespace rsca::actions {
namespace {

using workers::End;

// How the conversations of a server ended that did not say good-bye.
End ServerEnded() {
  End end;
  end.kind = End::Kind::kWorkerDied;
  end.exit.reason = workers::ExitReason::kServerEnded;
  return end;
}

int32_t HresultOf(const absl::Status& journal) {
  if (journal.ok()) return kHrOk;
  return absl::IsResourceExhausted(journal) ? kHrDiskFull : kHrWriteFault;
}

}  // namespace

std::shared_ptr<Registration> Registration::WithDurableLog(
    std::shared_ptr<Registration> self, const journal::DurableResultLog::Place& place,
    uint64_t reserved_bytes) {
  auto on_written = [weak = std::weak_ptr<Registration>(self)](uint64_t bytes) {
    if (const auto registration = weak.lock()) registration->OnPassed(bytes);
  };
  journal::Journal* journal = self->context_->journal;
  self->durable_log_ = place.published
                           ? journal->MakeLog(place, reserved_bytes, std::move(on_written))
                           : journal->MakeLog(reserved_bytes, std::move(on_written));
  self->log_ = self->durable_log_;
  return self;
}

Registration::Registration(RegistrationContext* context, const StoredRegistration& stored)
    : context_(context),
      id_(stored.id),
      request_(stored.request),
      detach_grace_(stored.request.ttl.value_or(context->limits.ttl)),
      pool_(stored.pool),
      response_content_type_(stored.response_content_type),
      restartable_(stored.restartable),
      create_time_(stored.create_time),
      created_at_(context->timers->Now()),
      state_(stored.state),
      announced_(true),
      unregister_kind_(stored.expired ? Outcome::Kind::kCancelled : Outcome::Kind::kUnregistered),
      credit_(context->limits.credit_bytes),
      // Whoever was attached when the server ended went then.
      detached_since_(created_at_),
      outcome_(stored.outcome),
      end_time_(stored.end_time),
      ended_at_(stored.ended_at) {
  if (stored.detached_at.has_value()) {
    detached_since_ -= context->journal->Now() - *stored.detached_at;
  }
}

absl::StatusOr<std::shared_ptr<Registration>> Registration::Recover(
    RegistrationContext* context, const StoredRegistration& stored,
    const journal::DurableResultLog::Place& place) {
  const bool ended = stored.state == State::kEnded;
  const uint64_t reserved = ended ? 0 : context->limits.credit_bytes;
  if (reserved > 0 && !context->budget->Reserve(reserved)) {
    return LimitExceeded("window_bytes", context->limits.window_bytes,
                         "there is no room for the results of all registrations in the journal");
  }
  std::shared_ptr<Registration> self(new Registration(context, stored));
  journal::DurableResultLog::Place sealed = place;
  sealed.sealed = ended;
  self = WithDurableLog(std::move(self), sealed, reserved);
  MutexLock lock(&self->mutex_);
  self->last_sequence_ = place.extent.last;
  self->result_bytes_ = static_cast<int64_t>(place.extent.end_cost) -
                        static_cast<int64_t>(place.extent.last * kReportOverheadBytes);
  return self;
}

void Registration::Resume() {
  Effects effects;
  {
    MutexLock lock(&mutex_);
    const End cause = ServerEnded();
    if (state_ == State::kUnregistering) {
      EndUnregistered("and the server ended before the plug-in had answered", kHrOk, &effects);
    } else if (context_->journal->damaged()) {
      EndAs({{Outcome::Kind::kResultsLost, "newest results were lost when the journal was damaged",
              std::nullopt},
             kHrDataLost},
            "", &effects);
    } else if (restartable_) {
      Restart(cause, &effects);
      // Since when nobody is attached: the next server may be killed as well.
      PutRecord(nullptr);
    } else {
      EndAs(EndingBy(cause), "", &effects);
    }
  }
  Run(std::move(effects));
}

// Durable ones in a journal that cannot be written hear nothing more until it can.
void Registration::OnJournalStatus(const absl::Status& status) {
  if (!status.ok()) AnswerUnregisters(JournalUnavailable(status));
  Effects effects;
  {
    MutexLock lock(&mutex_);
    if (state_ == State::kEnded) return;
    if (!status.ok() && !announced_ && state_ == State::kActive) {
      // Accepted, but that cannot be kept.
      if (handle_ != nullptr) handle_->Stop(/*discard=*/true);
      Refuse(JournalUnavailable(status), &effects);
    } else if (handle_ != nullptr) {
      handle_->RefuseReports(HresultOf(status));
    }
    effects.wakeups.push_back(durable_log_->WakeReaders());
  }
  Run(std::move(effects));
}

// Any record since the first of them asked says that it is unregistered, or has ended.
void Registration::AnswerUnregisters(const absl::Status& status) {
  std::vector<UnregisterCallback> callbacks;
  {
    MutexLock lock(&mutex_);
    callbacks = std::exchange(unregister_callbacks_, {});
  }
  for (const UnregisterCallback& callback : callbacks) callback(status);
}

bool Registration::JournalFails() const {
  return request_.durable && !context_->journal->status().ok();
}

void Registration::RefuseReportsIfJournalFails() {
  if (!request_.durable) return;
  const absl::Status status = context_->journal->status();
  if (!status.ok()) handle_->RefuseReports(HresultOf(status));
}

void Registration::OnAcceptanceCommitted() {
  Effects effects;
  {
    MutexLock lock(&mutex_);
    if (announced_) return;  // refused meanwhile
    Announce(absl::OkStatus(), &effects);
  }
  Run(std::move(effects));
  // Those who waited have attached by now; if they are gone, its time to live begins.
  MutexLock lock(&mutex_);
  ArmDetachTimer();
}

void Registration::PutRecord(std::function<void()> done) {
  durable_log_->PutRecord(Record(), std::move(done));
}

std::string Registration::Record() const {
  StoredRegistration stored;
  stored.id = id_;
  stored.request = request_;
  stored.request.ttl = detach_grace_;
  stored.pool = pool_;
  stored.response_content_type = response_content_type_;
  stored.restartable = restartable_;
  stored.create_time = create_time_;
  stored.state = state_;
  stored.expired = unregister_kind_ == Outcome::Kind::kCancelled;
  if (streams_ == 0) {
    stored.detached_at = context_->journal->Now() - (context_->timers->Now() - detached_since_);
  }
  stored.ended_at = ended_at_;
  stored.end_time = end_time_;
  stored.outcome = outcome_;
  return Encode(stored);
}

bool Registration::OutlivesDrain() const { return draining_ && request_.durable && restartable_; }

// The record says that it lives: the next server begins it again.
void Registration::LeaveToNextServer() {
  conversation_ = nullptr;
  handle_ = nullptr;
  context_->timers->Cancel(timer_);
}

void Registration::Forget() { durable_log_->Remove(); }

absl::Duration Registration::ended_at() const {
  MutexLock lock(&mutex_);
  return ended_at_;
}

}  // namespace rsca::actions
