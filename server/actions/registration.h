// One registration: its state, the numbering of its results, its one outcome.
#ifndef RSCA_SERVER_ACTIONS_REGISTRATION_H_
#define RSCA_SERVER_ACTIONS_REGISTRATION_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/mutex.h"
#include "common/timers.h"
#include "server/actions/credit_account.h"
#include "server/actions/endings.h"
#include "server/actions/stored_registration.h"
#include "server/actions/types.h"
#include "server/journal/journal.h"
#include "server/journal/result_log.h"
#include "server/workers/action_listener.h"
#include "server/workers/pool_options.h"

namespace rsca::actions {

class Registration;

// Whoever keeps registrations.
class RegistrationOwner {
 public:
  virtual ~RegistrationOwner() = default;
  // It lives no more, and nobody has learned it yet: who reads of its end may register another in
  // its place. Called with the registration's lock. Once.
  virtual void OnEnded(const Registration& registration) = 0;
  // Called without locks of the registration: it was refused, or has ended (and if it is durable:
  // that is committed). Once.
  virtual void OnOver(const std::shared_ptr<Registration>& registration, bool refused) = 0;
};

// What all registrations share. Outlives them.
struct RegistrationContext {
  Limits limits;
  workers::ActionStarter* starter = nullptr;
  Timers* timers = nullptr;
  journal::WindowBudget* budget = nullptr;
  journal::Journal* journal = nullptr;  // of durable registrations
  const ResultEncoder* encoder = nullptr;
  RegistrationOwner* owner = nullptr;
};

// A stream's hold on a registration: the registration counts it until the lease is gone.
struct Attachment {
  std::unique_ptr<journal::LogReader> reader;
  std::shared_ptr<void> lease;
};

// Thread-safe. Calls from the worker's link, from clients and from timers meet under one mutex;
// every change of state goes through ChangeState; what a change sets off runs after the mutex is
// released.
//
//   kRegistering ──▶ kActive ──▶ kUnregistering ──▶ kEnded
//        │            │ ▲ └───────────────────────────▲ ▲
//        │     kMoving│ │                             │ │
//        │            ▼ │                             │ │
//        │        kRestarting ────────────────────────┘ │
//        └──────────────── refused ─────────────────────┘
//
// A restartable action begins again when its worker has died (kActive ─▶ kRestarting) or is
// replaced (kMoving: the plug-in there unregisters first). Each time it has a new conversation;
// what an earlier one still says is not heard.
//
// A durable registration keeps its results and a record of itself in the journal, and tells nobody
// what is not committed there: that it was accepted, its results, that it unregisters, its end. It
// lives on when the server stops, and in the next one begins again or ends
// (registration_durable.cc).
class Registration final : public std::enable_shared_from_this<Registration> {
 public:
  using StartCallback = std::function<void(const absl::Status&)>;
  using UnregisterCallback = std::function<void(const absl::Status&)>;

  // Reserves its window. RESOURCE_EXHAUSTED when there is no room.
  static absl::StatusOr<std::shared_ptr<Registration>> Make(RegistrationContext* context,
                                                            RegisterRequest request,
                                                            const workers::Function& function);

  // A durable one, as a server that has ended left it in the journal. Resume comes next.
  static absl::StatusOr<std::shared_ptr<Registration>> Recover(
      RegistrationContext* context, const StoredRegistration& stored,
      const journal::DurableResultLog::Place& place);

  // Goes on where the server that has ended left it: begins again, or ends with the outcome that
  // says why. Once; not for one that has ended.
  void Resume();

  const std::string& id() const { return id_; }
  // `registrations/{id}`.
  std::string name() const;
  const RegisterRequest& request() const { return request_; }
  RegistrationInfo Info() const;

  // Asks the plug-in to register. Once.
  void Begin();

  // Calls back once the plug-in has accepted or refused; at once if it has already.
  void WhenStarted(StartCallback callback);

  // Begins to read after a sequence; without one, with the oldest result that is kept. Not while it
  // is registering.
  absl::StatusOr<Attachment> Attach(std::optional<uint64_t> after,
                                    std::shared_ptr<journal::ReaderListener> listener);

  // Asks the plug-in to unregister, for a client. Nothing happens if that was done or it has ended.
  // `done` is called once: when it stays done whatever dies (perhaps before this returns), or with
  // why that cannot be promised, JOURNAL_UNAVAILABLE: nothing has happened if the journal had
  // failed before; if it fails only now, the plug-in has been asked, and that lasts once the
  // journal heals.
  void Unregister(const UnregisterCallback& done);

  // The server stops: what ends from here on ends without a final result, because streams are told
  // to join again elsewhere. Durable ones that may begin again do not end.
  void Drain();

  // The journal takes results (OK), or none. Of durable ones only.
  void OnJournalStatus(const absl::Status& status);

  // Takes a durable one out of the journal.
  void Forget();

  // Age of the journal when a durable one ended.
  absl::Duration ended_at() const;

 private:
  class Conversation;

  // What a change of state sets off, run once the mutex is released.
  struct Effects {
    std::vector<journal::Wakeups> wakeups;
    std::vector<StartCallback> started;
    absl::Status start_status;
    bool over = false;
    bool refused = false;
  };

  Registration(RegistrationContext* context, RegisterRequest request,
               const workers::Function& function);
  Registration(RegistrationContext* context, const StoredRegistration& stored);

  void OnStarted(const Conversation* from);
  void OnRefused(const Conversation* from, const workers::Refusal& refusal);
  void OnReports(const Conversation* from, absl::Span<workers::Report> reports);
  void OnEnded(const Conversation* from, const workers::End& end);
  void OnWorkerReplaced(const Conversation* from, const std::string& why);

  void StartConversation();
  void Run(Effects effects);
  void ChangeState(State to, absl::string_view why) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // `cost` gets what the entries cost together.
  std::vector<journal::Entry> Number(absl::Span<const workers::Report> reports, uint64_t* cost)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  journal::Entry Number(int32_t hr_status, absl::string_view response, absl::Time report_time,
                        const Outcome* outcome) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Refuse(const absl::Status& status, Effects* effects) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool MayRestartAfter(const workers::End& end) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Restart(const workers::End& end, Effects* effects) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The worker that it should have begun on has died, or leaves, or is busy.
  void RestartAgain(const workers::Refusal& refusal, Effects* effects)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void OnNoWorker(const absl::Status& status, Effects* effects)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool Begins() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void EndBy(const workers::End& end, Effects* effects) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void EndByReport(const workers::Report& report, Effects* effects)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void EndUnregistered(absl::string_view how, int32_t hresult, Effects* effects)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void EndAs(Ending ending, absl::string_view response, Effects* effects)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // What unregistering, begun for the reason it was, comes to.
  Outcome OutcomeOfUnregister(absl::string_view how) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void BeginUnregister(Outcome::Kind kind, absl::string_view why)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void StopConversation() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The way to grant, or nothing: then the grant waits until there is one.
  std::shared_ptr<workers::ActionHandle> ToGrant(uint64_t bytes)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ArmTimer(absl::Duration delay, void (Registration::*action)())
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ArmDetachTimer() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Those who wait for the start hear of it.
  void Announce(const absl::Status& status, Effects* effects) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // Of durable ones, in registration_durable.cc.
  static std::shared_ptr<Registration> WithDurableLog(std::shared_ptr<Registration> self,
                                                      const journal::DurableResultLog::Place& place,
                                                      uint64_t reserved_bytes);
  void PutRecord(std::function<void()> done) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // What the next server has to know.
  std::string Record() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void OnAcceptanceCommitted();
  // The server drains, and so does what it had to say. Whether the registration lives on.
  bool OutlivesDrain() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void LeaveToNextServer() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool JournalFails() const;
  void RefuseReportsIfJournalFails() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void LogLife() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  void OnPassed(uint64_t bytes);
  void GrantMore(uint64_t bytes);
  void OnDetached();
  void OnRegisterTimeout();
  void OnDetachTimeout();
  void OnUnregisterTimeout();
  void OnRestartTimer();
  void AnswerUnregisters(const absl::Status& status);

  RegistrationContext* const context_;
  const std::string id_;
  const RegisterRequest request_;
  const absl::Duration detach_grace_;  // of a durable one: its ttl
  const std::string pool_;
  const std::string response_content_type_;
  const bool restartable_;
  const absl::Time create_time_;
  const absl::Duration created_at_;
  std::shared_ptr<journal::ResultLog> log_;
  std::shared_ptr<journal::DurableResultLog> durable_log_;  // the same, of a durable one

  mutable Mutex mutex_;
  State state_ ABSL_GUARDED_BY(mutex_) = State::kRegistering;
  // The conversation that is heard, and the way to it. None while it waits for a worker.
  const Conversation* conversation_ ABSL_GUARDED_BY(mutex_) = nullptr;  // the worker's
  std::shared_ptr<workers::ActionHandle> handle_ ABSL_GUARDED_BY(mutex_);
  bool announced_ ABSL_GUARDED_BY(mutex_) = false;  // whoever asks may know that it has started
  std::vector<StartCallback> start_callbacks_ ABSL_GUARDED_BY(mutex_);
  absl::Status refusal_ ABSL_GUARDED_BY(mutex_);
  // The end came before the register call returned; it counts if that succeeds.
  std::optional<workers::Report> early_final_ ABSL_GUARDED_BY(mutex_);
  std::string early_response_ ABSL_GUARDED_BY(mutex_);  // that it points to
  std::optional<workers::End> early_end_ ABSL_GUARDED_BY(mutex_);
  Outcome::Kind unregister_kind_ ABSL_GUARDED_BY(mutex_) = Outcome::Kind::kUnregistered;
  // Of those who wait until it stays unregistered.
  std::vector<UnregisterCallback> unregister_callbacks_ ABSL_GUARDED_BY(mutex_);
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
  int streams_ ABSL_GUARDED_BY(mutex_) = 0;
  Timers::Id timer_ ABSL_GUARDED_BY(mutex_) = 0;  // one at a time: each state waits for one thing
  uint64_t last_sequence_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t result_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  CreditAccount credit_ ABSL_GUARDED_BY(mutex_);
  uint64_t unsent_grant_ ABSL_GUARDED_BY(mutex_) = 0;
  bool reported_early_ ABSL_GUARDED_BY(mutex_) = false;    // by a conversation not accepted yet
  workers::End restart_cause_ ABSL_GUARDED_BY(mutex_);     // of the restart under way
  absl::Duration detached_since_ ABSL_GUARDED_BY(mutex_);  // while there is no stream
  std::optional<Outcome> outcome_ ABSL_GUARDED_BY(mutex_);
  absl::Time end_time_ ABSL_GUARDED_BY(mutex_);
  absl::Duration ended_at_ ABSL_GUARDED_BY(mutex_);  // of a durable one: age of the journal
};

}  // namespace rsca::actions

#endif  // RSCA_SERVER_ACTIONS_REGISTRATION_H_
