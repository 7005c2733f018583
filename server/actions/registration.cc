#include "server/actions/registration.h"

#include <openssl/rand.h>

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/hresult.h"
#include "common/log.h"
#include "common/status.h"
#include "common/worker_protocol.h"
#include "server/actions/endings.h"
#include "server/actions/errors.h"
#include "server/journal/memory_result_log.h"

namespace rsca::actions {
namespace {

using workers::End;

// Until a worker that had no thread free is asked again.
constexpr absl::Duration kBusyPause = absl::Milliseconds(100);
// Between two looks whether the journal takes results again.
constexpr absl::Duration kJournalPause = absl::Seconds(1);

std::string MakeId() {
  unsigned char bytes[16];
  RAND_bytes(bytes, sizeof(bytes));
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(bytes), sizeof(bytes)));
}

}  // namespace

// One conversation with a plug-in. It keeps the registration while the worker knows it.
class Registration::Conversation final : public workers::ActionListener {
 public:
  explicit Conversation(std::shared_ptr<Registration> registration)
      : registration_(std::move(registration)) {}

  void OnStarted() override { registration_->OnStarted(this); }
  void OnRefused(const workers::Refusal& refusal) override {
    registration_->OnRefused(this, refusal);
  }
  void OnReports(absl::Span<workers::Report> reports) override {
    registration_->OnReports(this, reports);
  }
  void OnEnded(const End& end) override { registration_->OnEnded(this, end); }
  void OnWorkerReplaced(const std::string& why) override {
    registration_->OnWorkerReplaced(this, why);
  }

 private:
  const std::shared_ptr<Registration> registration_;
};

absl::StatusOr<std::shared_ptr<Registration>> Registration::Make(
    RegistrationContext* context, RegisterRequest request, const workers::Function& function) {
  const Limits& limits = context->limits;
  if (!context->budget->Reserve(limits.credit_bytes)) {
    return LimitExceeded("window_bytes", limits.window_bytes,
                         "there is no room for another registration's results");
  }
  std::shared_ptr<Registration> self(new Registration(context, std::move(request), function));
  if (self->request_.durable) return WithDurableLog(std::move(self), {}, limits.credit_bytes);
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
      detach_grace_(request_.durable
                        ? request_.ttl.value_or(context->limits.ttl)
                        : request_.detach_grace.value_or(context->limits.detach_grace)),
      pool_(function.pool),
      response_content_type_(function.response_content_type),
      restartable_(function.restartable),
      create_time_(absl::Now()),
      created_at_(context->timers->Now()),
      credit_(context->limits.credit_bytes),
      detached_since_(created_at_) {}

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
  // Of a durable one, what is committed.
  info.last_sequence = request_.durable ? log_->last_sequence() : last_sequence_;
  info.result_count = static_cast<int64_t>(info.last_sequence);
  info.result_bytes = result_bytes_;
  info.stream_count = streams_;
  info.window_bytes = log_->kept_bytes();
  if (state_ == State::kEnded && info.last_sequence < last_sequence_) {
    info.state = State::kUnregistering;  // the end is not committed yet
    return info;
  }
  info.end_time = end_time_;
  info.outcome = outcome_;
  return info;
}

void Registration::Begin() {
  {
    MutexLock lock(&mutex_);
    ArmTimer(context_->limits.register_timeout, &Registration::OnRegisterTimeout);
  }
  StartConversation();
}

void Registration::StartConversation() {
  auto conversation = std::make_shared<Conversation>(shared_from_this());
  workers::StartRequest request{request_.function, request_.arguments, false, 0};
  {
    MutexLock lock(&mutex_);
    conversation_ = conversation.get();
    request.again = state_ != State::kRegistering;
    reported_early_ = false;
    request.credit_bytes = credit_.Restart();
    unsent_grant_ = 0;
  }
  auto handle = context_->starter->Start(pool_, request, conversation);
  Effects effects;
  std::shared_ptr<workers::ActionHandle> granting;
  uint64_t grant = 0;
  {
    MutexLock lock(&mutex_);
    if (conversation_ != conversation.get()) return;
    if (handle.ok()) {
      // What comes back may be faster than the call that began it.
      handle_ = *std::move(handle);
      granting = handle_;
      grant = std::exchange(unsent_grant_, 0);
      if (state_ == State::kUnregistering) StopConversation();
      if (state_ == State::kMoving) handle_->Stop(/*discard=*/false);
      if (state_ == State::kEnded) handle_->Stop(/*discard=*/true);
      RefuseReportsIfJournalFails();
    } else {
      conversation_ = nullptr;
      OnNoWorker(handle.status(), &effects);
    }
  }
  if (grant > 0) granting->Grant(grant);
  Run(std::move(effects));
}

void Registration::OnNoWorker(const absl::Status& status, Effects* effects) {
  if (state_ == State::kRegistering) return Refuse(status, effects);
  if (state_ == State::kUnregistering) {
    return EndUnregistered("while it waited for a worker", kHrOk, effects);
  }
  if (state_ != State::kRestarting || OutlivesDrain()) return;
  const std::optional<absl::Duration> delay = RetryDelay(status);
  if (ErrorReason(status) != "WORKER_UNAVAILABLE" || !delay.has_value()) {
    return EndAs(EndingByFailedRestart(restart_cause_, status.message()), "", effects);
  }
  ArmTimer(*delay, &Registration::OnRestartTimer);
}

void Registration::WhenStarted(StartCallback callback) {
  absl::Status status;
  {
    MutexLock lock(&mutex_);
    if (!announced_) {
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
  if (++streams_ == 1 && request_.durable && state_ != State::kEnded) PutRecord(nullptr);
  // While it is active the timer is the one that waits for a stream.
  if (state_ == State::kActive) context_->timers->Cancel(timer_);
  attachment.reader = *std::move(reader);
  attachment.lease = std::shared_ptr<void>(
      nullptr, [self = shared_from_this()](void* /*unused*/) { self->OnDetached(); });
  return attachment;
}

void Registration::OnDetached() {
  MutexLock lock(&mutex_);
  if (--streams_ > 0) return;
  detached_since_ = context_->timers->Now();
  if (request_.durable && state_ != State::kEnded) PutRecord(nullptr);
  ArmDetachTimer();
}

void Registration::ArmDetachTimer() {
  if (state_ != State::kActive || streams_ > 0) return;
  const absl::Duration detached = context_->timers->Now() - detached_since_;
  ArmTimer(std::max(detach_grace_ - detached, absl::ZeroDuration()),
           &Registration::OnDetachTimeout);
}

void Registration::Unregister(const UnregisterCallback& done) {
  // Whoever waits may hold a stream, and lets go of it when it is refused: not under the mutex.
  absl::Status journal = request_.durable ? context_->journal->status() : absl::OkStatus();
  bool refused = false;
  bool waits_for_commit = false;
  {
    MutexLock lock(&mutex_);
    const bool lives =
        state_ == State::kActive || state_ == State::kMoving || state_ == State::kRestarting;
    const bool stored = state_ == State::kEnded && log_->last_sequence() == last_sequence_;
    refused = !stored && !journal.ok();
    if (lives && !refused) {
      const bool waits = state_ == State::kRestarting && conversation_ == nullptr;
      BeginUnregister(Outcome::Kind::kUnregistered, "a client unregistered it");
      // It waits for a worker: there is no plug-in to ask.
      if (waits) ArmTimer(absl::ZeroDuration(), &Registration::OnRestartTimer);
    }
    waits_for_commit = request_.durable && !stored && !refused;
    if (waits_for_commit) {
      unregister_callbacks_.push_back(done);
      PutRecord([self = shared_from_this()] { self->AnswerUnregisters(absl::OkStatus()); });
    }
  }
  if (!waits_for_commit) return done(refused ? JournalUnavailable(journal) : absl::OkStatus());
  // It may have begun to fail in between, and said so before this one waited.
  journal = context_->journal->status();
  if (!journal.ok()) AnswerUnregisters(JournalUnavailable(journal));
}

void Registration::BeginUnregister(Outcome::Kind kind, absl::string_view why) {
  unregister_kind_ = kind;
  ChangeState(State::kUnregistering, why);
  ArmTimer(context_->limits.unregister_timeout, &Registration::OnUnregisterTimeout);
  if (request_.durable && kind != Outcome::Kind::kUnregistered) PutRecord(nullptr);
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

void Registration::OnStarted(const Conversation* from) {
  Effects effects;
  {
    MutexLock lock(&mutex_);
    if (conversation_ != from || !Begins()) return;
    const bool first_time = state_ == State::kRegistering;
    ChangeState(State::kActive, "the plug-in accepted");
    context_->timers->Cancel(timer_);
    if (streams_ == 0 && first_time) detached_since_ = context_->timers->Now();
    if (!request_.durable) {
      Announce(absl::OkStatus(), &effects);
    } else if (const absl::Status journal = context_->journal->status();
               first_time && !journal.ok()) {
      if (handle_ != nullptr) handle_->Stop(/*discard=*/true);
      Refuse(JournalUnavailable(journal), &effects);
    } else if (first_time) {
      PutRecord([self = shared_from_this()] { self->OnAcceptanceCommitted(); });
    }
    if (state_ == State::kEnded) {
      // Refused.
    } else if (early_final_.has_value()) {
      EndByReport(*std::exchange(early_final_, std::nullopt), &effects);
    } else if (early_end_.has_value()) {
      EndBy(*std::exchange(early_end_, std::nullopt), &effects);
    }
  }
  Run(std::move(effects));
  // Those who waited have attached by now; if they are gone, the grace begins.
  MutexLock lock(&mutex_);
  if (announced_) ArmDetachTimer();
}

void Registration::OnRefused(const Conversation* from, const workers::Refusal& refusal) {
  Effects effects;
  bool elsewhere = false;
  {
    MutexLock lock(&mutex_);
    if (conversation_ != from) return;
    const absl::Status status = FromRefusal(request_.function, refusal);
    const bool leaving = refusal.kind == workers::Refusal::Kind::kWorkerLeaving;
    const bool busy = refusal.hresult == kHrBusy && !reported_early_;
    if (refusal.kind == workers::Refusal::Kind::kNoWorker) {
      conversation_ = nullptr;
      handle_ = nullptr;
      OnNoWorker(refusal.status, &effects);
    } else if (state_ == State::kRegistering && leaving && !reported_early_) {
      conversation_ = nullptr;
      handle_ = nullptr;
      elsewhere = true;
    } else if (state_ == State::kRegistering) {
      Refuse(status, &effects);
    } else if (state_ == State::kRestarting &&
               (leaving || busy || JournalFails() ||
                refusal.kind == workers::Refusal::Kind::kWorkerDied)) {
      RestartAgain(refusal, &effects);
    } else if (state_ == State::kRestarting) {
      EndAs(EndingByFailedRestart(restart_cause_, status.message()), "", &effects);
    } else if (state_ == State::kUnregistering) {
      EndUnregistered("before the plug-in had begun again", kHrOk, &effects);
    }
  }
  Run(std::move(effects));
  if (elsewhere) StartConversation();
}

// Who kills worker after worker gets into quarantine.
void Registration::RestartAgain(const workers::Refusal& refusal, Effects* effects) {
  early_final_.reset();
  early_end_.reset();
  if (reported_early_) {
    // What it reported before it was accepted has been read, perhaps.
    const bool died = refusal.kind == workers::Refusal::Kind::kWorkerDied;
    return Restart(died ? End{End::Kind::kWorkerDied, 0, refusal.exit} : restart_cause_, effects);
  }
  // Not begun, so not interrupted.
  conversation_ = nullptr;
  handle_ = nullptr;
  // Many may begin again at once, after a restart of the server: more than the worker has threads.
  const bool busy = refusal.hresult == kHrBusy;
  ArmTimer(busy ? kBusyPause : absl::ZeroDuration(), &Registration::OnRestartTimer);
}

void Registration::OnReports(const Conversation* from, absl::Span<workers::Report> reports) {
  Effects effects;
  std::shared_ptr<workers::ActionHandle> handle;
  uint64_t grant = 0;
  {
    MutexLock lock(&mutex_);
    if (conversation_ != from || state_ == State::kEnded) return;
    const auto final = std::find_if(reports.begin(), reports.end(),
                                    [](const workers::Report& report) { return report.final; });
    const auto plain = reports.subspan(0, static_cast<size_t>(final - reports.begin()));
    if (!plain.empty()) {
      if (Begins()) reported_early_ = true;
      effects.wakeups.push_back(log_->Append(Number(plain, &grant)));
    }
    if (final != reports.end() && Begins()) {
      early_response_ = std::string(final->response);
      early_final_ = std::move(*final);
      early_final_->response = early_response_;
    } else if (final != reports.end()) {
      EndByReport(*final, &effects);
    }
    // Nobody can read before the register call has returned; until then the window, not the credit,
    // bounds what the plug-in may report inside it.
    if (state_ == State::kRegistering &&
        log_->kept_bytes() < context_->limits.window_bytes_per_registration) {
      credit_.GrantAhead(grant);
      handle = ToGrant(grant);
    }
  }
  if (handle != nullptr && grant > 0) handle->Grant(grant);
  Run(std::move(effects));
}

void Registration::OnWorkerReplaced(const Conversation* from, const std::string& why) {
  MutexLock lock(&mutex_);
  if (conversation_ != from || state_ != State::kActive || !restartable_ || draining_) return;
  ChangeState(State::kMoving, why);
  restart_cause_ = End{End::Kind::kWorkerRecycled, 0, {}};
  restart_cause_.exit.reason = workers::ExitReason::kRecycled;
  restart_cause_.exit.detail = why;
  ArmTimer(context_->limits.unregister_timeout, &Registration::OnUnregisterTimeout);
  if (handle_ != nullptr) handle_->Stop(/*discard=*/false);
}

void Registration::OnEnded(const Conversation* from, const End& end) {
  Effects effects;
  {
    MutexLock lock(&mutex_);
    if (conversation_ != from || state_ == State::kEnded) return;
    if (Begins()) {
      early_end_ = end;
      return;
    }
    EndBy(end, &effects);
  }
  Run(std::move(effects));
}

void Registration::OnPassed(uint64_t bytes) {
  std::shared_ptr<workers::ActionHandle> handle;
  uint64_t grant = 0;
  uint64_t more = 0;
  {
    MutexLock lock(&mutex_);
    grant = credit_.OnPassed(bytes);
    if (grant == 0 || state_ == State::kEnded) return;
    more = credit_.Outgrown(context_->timers->Now(), streams_);
    handle = ToGrant(grant);
  }
  if (handle != nullptr) handle->Grant(grant);
  if (more > 0 && log_->ReserveMore(more)) GrantMore(more);
}

void Registration::GrantMore(uint64_t bytes) {
  std::shared_ptr<workers::ActionHandle> handle;
  {
    MutexLock lock(&mutex_);
    credit_.Grow(bytes);
    handle = ToGrant(bytes);
  }
  if (handle != nullptr) handle->Grant(bytes);
}

std::shared_ptr<workers::ActionHandle> Registration::ToGrant(uint64_t bytes) {
  if (handle_ == nullptr) unsent_grant_ += bytes;
  return handle_;
}

bool Registration::Begins() const {
  return state_ == State::kRegistering || state_ == State::kRestarting;
}

bool Registration::MayRestartAfter(const End& end) const {
  return restartable_ && !draining_ &&
         (state_ == State::kMoving ||
          (state_ == State::kActive &&
           (end.kind == End::Kind::kWorkerDied || end.kind == End::Kind::kWorkerRecycled)));
}

void Registration::Restart(const End& end, Effects* effects) {
  if (state_ == State::kActive || end.kind == End::Kind::kWorkerDied) restart_cause_ = end;
  const std::string reason = RestartReason(restart_cause_);
  const absl::Time now = absl::Now();
  std::vector<journal::Entry> entries;
  entries.push_back({context_->encoder->EncodeInterruption({++last_sequence_, reason, now}),
                     kReportOverheadBytes, /*alone=*/true});
  credit_.OnAppended(entries.back().cost);
  effects->wakeups.push_back(log_->Append(std::move(entries)));
  ChangeState(State::kRestarting, reason);
  conversation_ = nullptr;
  handle_ = nullptr;
  // Not from here: the worker that calls has not been buried yet.
  ArmTimer(absl::ZeroDuration(), &Registration::OnRestartTimer);
}

void Registration::OnRestartTimer() {
  Effects effects;
  bool start = false;
  {
    MutexLock lock(&mutex_);
    if (conversation_ != nullptr) return;
    if (state_ == State::kUnregistering) {
      EndUnregistered("while it waited for a worker", kHrOk, &effects);
    } else if (state_ == State::kRestarting && streams_ == 0 &&
               context_->timers->Now() - detached_since_ >= detach_grace_) {
      unregister_kind_ = Outcome::Kind::kCancelled;
      EndUnregistered("", kHrOk, &effects);
    } else if (state_ == State::kRestarting && JournalFails()) {
      // Its results would be refused.
      ArmTimer(kJournalPause, &Registration::OnRestartTimer);
    } else if (state_ == State::kRestarting) {
      ArmTimer(context_->limits.register_timeout, &Registration::OnRegisterTimeout);
      start = true;
    }
  }
  Run(std::move(effects));
  if (start) StartConversation();
}

void Registration::OnRegisterTimeout() {
  Effects effects;
  {
    MutexLock lock(&mutex_);
    if (!Begins()) return;
    if (handle_ != nullptr) handle_->Stop(/*discard=*/true);
    const absl::Status timeout =
        PluginTimeout(request_.function, "register", context_->limits.register_timeout);
    if (state_ == State::kRegistering) {
      Refuse(timeout, &effects);
    } else {
      EndAs(EndingByFailedRestart(restart_cause_, timeout.message()), "", &effects);
    }
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
    if (state_ != State::kUnregistering && state_ != State::kMoving) return;
    if (handle_ != nullptr) handle_->Stop(/*discard=*/true);
    if (state_ == State::kMoving) {
      Restart(restart_cause_, &effects);
    } else {
      EndAs({{Outcome::Kind::kTimedOut,
              absl::StrCat("the plug-in did not answer the unregister call within ",
                           absl::FormatDuration(context_->limits.unregister_timeout)),
              std::nullopt},
             kHrTimeout},
            "", &effects);
    }
  }
  Run(std::move(effects));
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
  if (to == State::kEnded) context_->owner->OnEnded(*this);
}

void Registration::ArmTimer(absl::Duration delay, void (Registration::*action)()) {
  context_->timers->Cancel(timer_);
  timer_ = context_->timers->After(delay, [weak = weak_from_this(), action] {
    if (const auto self = weak.lock()) (self.get()->*action)();
  });
}

}  // namespace rsca::actions
