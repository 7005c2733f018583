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
#include "server/actions/types.h"
#include "server/journal/memory_result_log.h"
#include "server/workers/action_listener.h"
#include "server/workers/pool_options.h"

namespace rsca::actions {

class Registration;

// Whoever keeps registrations. Called without locks of the registration.
class RegistrationOwner {
 public:
  virtual ~RegistrationOwner() = default;
  // It was refused, or has ended. Once.
  virtual void OnOver(const std::shared_ptr<Registration>& registration, bool refused) = 0;
};

// What all registrations share. Outlives them.
struct RegistrationContext {
  Limits limits;
  workers::ActionStarter* starter = nullptr;
  Timers* timers = nullptr;
  journal::WindowBudget* budget = nullptr;
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
//        │              └────────────────────────────▲
//        └──────────────── refused ──────────────────┘
class Registration final : public workers::ActionListener,
                           public std::enable_shared_from_this<Registration> {
 public:
  using StartCallback = std::function<void(const absl::Status&)>;

  // Reserves its window. RESOURCE_EXHAUSTED when there is no room.
  static absl::StatusOr<std::shared_ptr<Registration>> Make(RegistrationContext* context,
                                                            RegisterRequest request,
                                                            const workers::Function& function);

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
  void Unregister();

  // The server stops: what ends from here on ends without a final result, because streams are told
  // to join again elsewhere.
  void Drain();

  void OnStarted() override;
  void OnRefused(const workers::Refusal& refusal) override;
  void OnReports(absl::Span<workers::Report> reports) override;
  void OnEnded(const workers::End& end) override;

 private:
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

  void Run(Effects effects);
  void ChangeState(State to, absl::string_view why) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  journal::Entry Number(int32_t hr_status, absl::string_view response, absl::Time report_time,
                        const Outcome* outcome) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Refuse(const absl::Status& status, Effects* effects) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void EndBy(const workers::End& end, Effects* effects) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void EndByReport(const workers::Report& report, Effects* effects)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void EndAs(Outcome outcome, int32_t hr_status, absl::string_view response, Effects* effects)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // What unregistering, begun for the reason it was, comes to.
  Outcome OutcomeOfUnregister(absl::string_view how) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void BeginUnregister(Outcome::Kind kind, absl::string_view why)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void StopConversation() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ArmTimer(absl::Duration delay, void (Registration::*action)())
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ArmDetachTimer() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void LogLife() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  void OnPassed(uint64_t bytes);
  void OnDetached();
  void OnRegisterTimeout();
  void OnDetachTimeout();
  void OnUnregisterTimeout();

  RegistrationContext* const context_;
  const std::string id_;
  const RegisterRequest request_;
  const absl::Duration detach_grace_;
  const std::string pool_;
  const std::string response_content_type_;
  const absl::Time create_time_;
  const absl::Duration created_at_;
  std::shared_ptr<journal::MemoryResultLog> log_;

  mutable Mutex mutex_;
  State state_ ABSL_GUARDED_BY(mutex_) = State::kRegistering;
  std::shared_ptr<workers::ActionHandle> handle_ ABSL_GUARDED_BY(mutex_);
  std::vector<StartCallback> start_callbacks_ ABSL_GUARDED_BY(mutex_);
  absl::Status refusal_ ABSL_GUARDED_BY(mutex_);
  // The end came before the register call returned; it counts if that succeeds.
  std::optional<workers::Report> early_final_ ABSL_GUARDED_BY(mutex_);
  std::optional<workers::End> early_end_ ABSL_GUARDED_BY(mutex_);
  Outcome::Kind unregister_kind_ ABSL_GUARDED_BY(mutex_) = Outcome::Kind::kUnregistered;
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
  int streams_ ABSL_GUARDED_BY(mutex_) = 0;
  Timers::Id timer_ ABSL_GUARDED_BY(mutex_) = 0;  // one at a time: each state waits for one thing
  uint64_t last_sequence_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t result_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t granted_ahead_ ABSL_GUARDED_BY(mutex_) = 0;  // credit given for bytes nobody has passed
  uint64_t early_grant_ ABSL_GUARDED_BY(mutex_) = 0;    // of that, what waits for the handle
  uint64_t to_grant_ ABSL_GUARDED_BY(mutex_) = 0;
  std::optional<Outcome> outcome_ ABSL_GUARDED_BY(mutex_);
  absl::Time end_time_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace rsca::actions

#endif  // RSCA_SERVER_ACTIONS_REGISTRATION_H_
