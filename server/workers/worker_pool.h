// A pool: keeps its worker processes as its options say, and brings calls to them.
#ifndef RSCA_SERVER_WORKERS_WORKER_POOL_H_
#define RSCA_SERVER_WORKERS_WORKER_POOL_H_

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/mutex.h"
#include "common/timers.h"
#include "server/workers/effects.h"
#include "server/workers/failure_window.h"
#include "server/workers/listeners.h"
#include "server/workers/pool_events.h"
#include "server/workers/pool_info.h"
#include "server/workers/pool_options.h"
#include "server/workers/pool_record.h"
#include "server/workers/preloads.h"
#include "server/workers/process_handle.h"
#include "server/workers/quarantine.h"
#include "server/workers/restart_schedule.h"
#include "server/workers/waiting_call.h"
#include "server/workers/worker.h"
#include "server/workers/worker_watch.h"

namespace rsca::workers {

// Told when a pool can or cannot take calls. Called without locks; must not block.
class PoolListener {
 public:
  virtual ~PoolListener() = default;
  virtual void OnPoolHealth(const std::string& pool, bool serving) = 0;
};

// What a pool needs. All pointers outlive it.
struct PoolContext {
  ProcessStarter* starter = nullptr;
  Timers* timers = nullptr;
  PoolListener* listener = nullptr;
  PoolEvents* events = nullptr;
  // The host's clock and time zone, for the schedule.
  std::function<absl::Time()> clock = absl::Now;
  absl::TimeZone zone = absl::LocalTimeZone();
};

// Thread-safe.
class WorkerPool final : public WorkerOwner,
                         public WatchListener,
                         public std::enable_shared_from_this<WorkerPool> {
 public:
  WorkerPool(PoolOptions options, PoolContext context);

  const std::string& name() const { return options_->name; }

  // Starts the first workers. Once.
  void Open();

  // Waits until the first worker is ready or has ended. False when that took longer.
  bool WaitForFirstWorker(absl::Duration limit);

  // What the pool offers; of a pool without a worker, what the last one offered.
  std::vector<Function> functions() const;
  std::optional<Function> FindFunction(const std::string& name) const;
  // Why there may be more functions than those; empty if there are not.
  std::vector<std::string> gaps() const;

  // As ActionStarter::Start.
  absl::StatusOr<std::unique_ptr<ActionHandle>> Start(const StartRequest& request,
                                                      std::shared_ptr<ActionListener> listener);

  // As WorkerPools has them.
  PoolInfo Info() const;
  void StartAgain();
  void Stop(const std::string& why);
  absl::Status Recycle(const std::string& why);
  absl::Status RecycleWorker(const std::string& worker, const std::string& why);

  absl::Status StartListener(uint32_t id, const ListenerRequest& request,
                             std::shared_ptr<ListenerObserver> observer);
  absl::Status StopListener(uint32_t id, bool immediate);
  std::vector<ListenerInfo> listeners() const { return listeners_.list(); }
  absl::Status Preload(const std::string& application, Preloads::Done done);
  std::vector<ApplicationInfo> applications() const { return preloads_.list(); }

  // No worker is started any more; those that run are asked to exit.
  void Close();

  // After Close: waits for the workers to be gone. False when that took longer.
  bool WaitUntilGone(absl::Duration limit);

  // After Close: pushes the workers.
  void ShutdownNow();
  void Kill();

  void OnWorkerReady(Worker* worker, const worker::v1::Ready& ready) override;
  void OnWorkerMessage(Worker* worker, const worker::v1::ControlRequest& message) override;
  void OnWorkerQuiet(Worker* worker) override;
  void OnWorkerLinkLost(Worker* worker) override;
  void OnWorkerEnded(Worker* worker, const WorkerExit& exit,
                     const std::vector<std::string>& suspects) override;
  void OnWorkerGone(Worker* worker) override;

  void OnWorkerFailing(Worker* worker, ExitReason reason, const std::string& detail) override;
  void OnRecycleDue(Worker* worker, const std::string& why) override;
  void OnWorkerIdle(Worker* worker) override;

 private:
  // A worker that has not ended.
  struct Member {
    std::shared_ptr<Worker> worker;
    std::shared_ptr<WorkerWatch> watch;
    WorkerState state = WorkerState::kStarting;
    absl::Time start_time;
    absl::Duration ready_at;
    bool lost = false;        // it takes no calls any more, and will end
    bool suspending = false;  // its plug-ins are asked
    // Of one that takes the place of another.
    std::string replaces;
    std::string replace_why;
    // Of one whose place is taken: the new one is on its way, or is to be started when it has
    // ended.
    bool replacement_starts = false;
    bool replace_at_end = false;
    std::string leave_why;
    Timers::Id startup_timer = 0;
    Timers::Id ask_timer = 0;
    Timers::Id limit_timer = 0;
  };
  using Action = void (WorkerPool::*)(Member*);

  // All of these with the lock; what they decide to do outside they add to `effects_`.
  void Launch(const std::string& replaces, const std::string& why)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void LaunchMissing() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void LaunchLater(absl::Duration worked) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void OnBackoffOver() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status HeldBack() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  absl::StatusOr<std::unique_ptr<ActionHandle>> StartOrWait(
      const StartRequest& request, std::shared_ptr<ActionListener> listener)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status CheckCallable(const std::string& function) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::unique_ptr<ActionHandle> StartOnReady(const StartRequest& request,
                                             const std::shared_ptr<ActionListener>& listener)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status CheckOpen() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status CheckRecyclable() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void WakeAll() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Member* PickWorker() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool WorkerComes() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ServeWaiting() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void RefuseWaiting(const absl::Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TakeBack(const WaitingCall* call);

  void RecycleMember(Member* member, const std::string& why) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void BeginReplacing(Member* member, const std::string& why) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Leave(Member* member, ExitReason reason, const std::string& detail)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Wake(Member* member) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void OnSuspended(Member* member, const worker::v1::Suspended& answer)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void OnStartupTimeLimit(Member* member) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void OnAskTime(Member* member) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void OnShutdownTimeLimit(Member* member) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  void EndMember(const Worker* worker, const WorkerExit& exit,
                 const std::vector<std::string>& suspects) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void OnFailure(const Member& member, const WorkerExit& exit,
                 const std::vector<std::string>& suspects) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ReplaceEnded(const Member& member, bool failed) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void StopAll(const std::string& why) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ReleaseQuarantined() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void CheckSchedule() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  PoolState state() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool Has(WorkerState state) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Why a call of the function would be refused or wait now; empty if it would not.
  std::string WhyRefused(const std::string& function) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  WorkerInfo InfoOf(const Member& member) const;
  Member* Find(const Worker* worker) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Member* Find(const std::string& worker) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::shared_ptr<WorkerWatch> WatchOf(const Worker* worker);
  std::vector<std::shared_ptr<Worker>> workers() const;

  // Tells the outside what has changed.
  void Announce() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ArmForMember(Timers::Id* timer, absl::Duration delay, const Member& member, Action action)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Timers::Id ArmForPool(absl::Duration delay, void (WorkerPool::*action)())
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Takes the lock, finds the worker, acts, and runs the effects.
  void Do(const Worker* worker, const std::function<void(Member*)>& action);

  const std::shared_ptr<const PoolOptions> options_;
  const PoolContext context_;
  Timers* const timers_;
  Effects effects_;
  // Told of workers with the lock, where that tells nobody else; of ends as effects.
  Listeners listeners_;
  Preloads preloads_;

  mutable Mutex mutex_;
  CondVar changed_;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::string stop_reason_ ABSL_GUARDED_BY(mutex_);
  bool tried_ ABSL_GUARDED_BY(mutex_) = false;   // the first worker was ready or has ended
  bool failing_ ABSL_GUARDED_BY(mutex_) = true;  // no worker has been ready since a failure
  int launches_ ABSL_GUARDED_BY(mutex_) = 0;
  int dying_ ABSL_GUARDED_BY(mutex_) = 0;  // ended, but not all conversations were told
  std::vector<std::unique_ptr<Member>> members_ ABSL_GUARDED_BY(mutex_);  // by age
  std::deque<std::shared_ptr<WaitingCall>> waiting_ ABSL_GUARDED_BY(mutex_);

  int held_back_ ABSL_GUARDED_BY(mutex_) = 0;  // workers that the back-off timer will start
  int deaths_in_row_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Duration held_until_ ABSL_GUARDED_BY(mutex_);  // by the timers' clock
  Timers::Id backoff_timer_ ABSL_GUARDED_BY(mutex_) = 0;
  FailureWindow failures_ ABSL_GUARDED_BY(mutex_);
  Quarantine quarantine_ ABSL_GUARDED_BY(mutex_);
  RestartSchedule schedule_ ABSL_GUARDED_BY(mutex_);

  bool functions_known_ ABSL_GUARDED_BY(mutex_) = false;  // a worker was ready once
  std::vector<Function> functions_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> load_failures_ ABSL_GUARDED_BY(mutex_);
  PoolRecord record_ ABSL_GUARDED_BY(mutex_);
  std::optional<PoolState> announced_state_ ABSL_GUARDED_BY(mutex_);
  std::optional<bool> announced_health_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace rsca::workers

#endif  // RSCA_SERVER_WORKERS_WORKER_POOL_H_
