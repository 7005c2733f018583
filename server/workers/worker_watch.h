// Looks after one ready worker: pings, idleness, memory, age and requests.
#ifndef RSCA_SERVER_WORKERS_WORKER_WATCH_H_
#define RSCA_SERVER_WORKERS_WORKER_WATCH_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "common/mutex.h"
#include "common/timers.h"
#include "server/workers/pool_options.h"
#include "server/workers/process_stats.h"
#include "server/workers/worker.h"

namespace rsca::workers {

// Told what the watch finds, on threads of the timers or of the worker's link, without locks. The
// details are for people.
class WatchListener {
 public:
  virtual ~WatchListener() = default;
  // It is to be killed.
  virtual void OnWorkerFailing(Worker* worker, ExitReason reason, const std::string& detail) = 0;
  // It is to be replaced. Comes again, after a while, if it is not.
  virtual void OnRecycleDue(Worker* worker, const std::string& why) = 0;
  // Nothing has happened for `idle_timeout`. Comes again while that lasts.
  virtual void OnWorkerIdle(Worker* worker) = 0;
};

// Thread-safe. Calls the listener from timers, and from OnIdleStatus.
class WorkerWatch final : public std::enable_shared_from_this<WorkerWatch> {
 public:
  // `timers` outlives it.
  WorkerWatch(std::shared_ptr<const PoolOptions> options, std::shared_ptr<Worker> worker,
              Timers* timers, std::weak_ptr<WatchListener> listener);

  // The worker is ready. Its age counts from here.
  void Begin();

  // While the worker is suspended it is not pinged, sampled, or found idle.
  void Pause();
  void Resume();

  // It is asked to end: nothing is watched any more.
  void End();

  // A conversation has begun. Whether so many were enough is told by OnRecycleDue later.
  void OnBegun();

  void OnPong(uint64_t number);
  void OnIdleStatus(const worker::v1::IdleStatus& status);

  // As last sampled.
  ProcessStats stats() const;
  absl::Duration last_ping() const;

 private:
  using Action = void (WorkerWatch::*)();

  void ArmAll() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void CancelAll() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Arm(Timers::Id* timer, absl::Duration delay, Action action)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ArmIdleCheck() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void NoteActivity() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  void Ping();
  void OnPingOverdue();
  void CheckIdle();
  void SampleLimit();
  void SampleUsage();
  // The limit that it has passed, for people; empty if it has not.
  std::string CheckCpu(absl::Duration cpu_time) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Sample();
  void OnAge();
  void CheckRequests();
  void AskToRecycle(const std::string& why);

  const std::shared_ptr<const PoolOptions> options_;
  const std::shared_ptr<Worker> worker_;
  Timers* const timers_;
  const std::weak_ptr<WatchListener> listener_;

  mutable Mutex mutex_;
  bool running_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Duration born_at_ ABSL_GUARDED_BY(mutex_);

  uint64_t ping_number_ ABSL_GUARDED_BY(mutex_) = 0;
  bool awaiting_pong_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Duration ping_sent_at_ ABSL_GUARDED_BY(mutex_);
  absl::Duration last_ping_ ABSL_GUARDED_BY(mutex_);
  Timers::Id ping_timer_ ABSL_GUARDED_BY(mutex_) = 0;

  uint64_t idle_number_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Duration idle_since_ ABSL_GUARDED_BY(mutex_);
  int64_t begun_ ABSL_GUARDED_BY(mutex_) = 0;  // conversations, at the last idle check
  Timers::Id idle_timer_ ABSL_GUARDED_BY(mutex_) = 0;

  ProcessStats stats_ ABSL_GUARDED_BY(mutex_);
  Timers::Id sample_timer_ ABSL_GUARDED_BY(mutex_) = 0;
  Timers::Id limit_timer_ ABSL_GUARDED_BY(mutex_) = 0;

  bool samples_memory_ ABSL_GUARDED_BY(mutex_) = false;
  bool samples_cpu_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<absl::Duration> cpu_since_ ABSL_GUARDED_BY(mutex_);  // the last reset
  absl::Duration cpu_at_reset_ ABSL_GUARDED_BY(mutex_);
  Timers::Id usage_timer_ ABSL_GUARDED_BY(mutex_) = 0;

  std::optional<absl::Duration> recycle_asked_at_ ABSL_GUARDED_BY(mutex_);
  Timers::Id age_timer_ ABSL_GUARDED_BY(mutex_) = 0;
  Timers::Id requests_timer_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace rsca::workers

#endif  // RSCA_SERVER_WORKERS_WORKER_WATCH_H_
