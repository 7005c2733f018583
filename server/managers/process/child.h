// A running command and all of its process group, from start to end.
#ifndef RSCA_SERVER_MANAGERS_PROCESS_CHILD_H_
#define RSCA_SERVER_MANAGERS_PROCESS_CHILD_H_

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <thread>

#include "absl/time/time.h"
#include "common/mutex.h"
#include "server/managers/base/manager.h"
#include "server/managers/base/wake_event.h"
#include "server/managers/process/command.h"
#include "server/managers/process/spawn.h"

namespace rsca::managers {

// How a command ended.
struct Exit {
  enum class Cause { kItself, kTimeout, kTerminated };
  Cause cause = Cause::kItself;
  int wait_status = 0;
  // Of the command and of those descendants that it waited for.
  absl::Duration cpu_user;
  absl::Duration cpu_system;
  uint64_t peak_memory_bytes = 0;  // at least; see Reap()
  absl::Duration duration;
};

// Owns one thread. It forks the command, so that the command dies with it if the worker crashes;
// it keeps the time, ends the process group and reaps the command, and waits for nobody who reads
// results: a slow reader delays no timeout.
class Child {
 public:
  // Returns when the program runs, or null.
  static std::unique_ptr<Child> Start(const Command& command, Failure* failure);

  // Terminates and waits.
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  pid_t pid() const { return spawned_->pid; }
  // Read by one thread; they do not block.
  int standard_output() const { return spawned_->standard_output.Get(); }
  int standard_error() const { return spawned_->standard_error.Get(); }

  // Sends SIGTERM to the process group, and SIGKILL after a grace. Does not wait. Thread-safe.
  void Terminate();

  // Both streams have come to their end: when the command has exited, nothing is left to wait for.
  void OutputEnded();

  // Readable once the command is reaped and what was left of its group is killed.
  int ended_fd() const { return ended_.fd(); }

  // Valid once ended_fd() is readable.
  Exit exit() {
    MutexLock lock(&mutex_);
    return exit_;
  }

 private:
  using Clock = std::chrono::steady_clock;

  Child() = default;

  void Run(const Command& command, Failure* failure);
  bool SpawnAndTell(const Command& command, Failure* failure);
  void WatchCommand(absl::Duration timeout);
  void EndRestOfGroup();
  void Reap();
  void BeginTermination();
  void Kill();
  void Sample();
  bool WaitUntil(int fd, Clock::time_point limit);

  // Set by the thread before it tells so, never changed afterwards.
  std::optional<Spawned> spawned_;

  // Of the thread.
  Exit::Cause cause_ = Exit::Cause::kItself;
  Clock::time_point started_;
  Clock::time_point exited_;
  std::optional<Clock::time_point> kill_at_;  // set when SIGTERM was sent
  bool killed_ = false;
  uint64_t sampled_peak_bytes_ = 0;

  WakeEvent wake_;
  WakeEvent ended_;
  Mutex mutex_;
  CondVar changed_;
  bool told_ ABSL_GUARDED_BY(mutex_) = false;
  bool terminate_ ABSL_GUARDED_BY(mutex_) = false;
  bool output_ended_ ABSL_GUARDED_BY(mutex_) = false;
  Exit exit_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace rsca::managers

#endif  // RSCA_SERVER_MANAGERS_PROCESS_CHILD_H_
