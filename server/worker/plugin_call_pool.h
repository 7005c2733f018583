// Threads for calls into plug-ins, so that one that hangs hinders nobody but itself.
#ifndef RSCA_SERVER_WORKER_PLUGIN_CALL_POOL_H_
#define RSCA_SERVER_WORKER_PLUGIN_CALL_POOL_H_

#include <cstddef>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "common/mutex.h"

namespace rsca::worker {

// Thread-safe. Threads are made when they are needed, and kept.
class PluginCallPool {
 public:
  explicit PluginCallPool(size_t max_threads);
  // Waits for the calls that are running.
  ~PluginCallPool();

  // False when every thread is taken: for calls that can be refused.
  [[nodiscard]] bool TryRun(std::function<void()> call);
  // Runs the call as soon as a thread is free: for calls that cannot be refused. The caller bounds
  // their number.
  void RunWhenFree(std::function<void()> call);

  // Begins no further call, and drops those that wait.
  void Close();
  // Waits until no call is running or waiting; false when that took too long.
  bool WaitIdle(absl::Duration timeout);

 private:
  void Run();
  bool AddThread() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Put(std::function<void()> call) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const size_t max_threads_;
  Mutex mutex_;
  CondVar filled_;
  CondVar idle_;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  size_t running_ ABSL_GUARDED_BY(mutex_) = 0;
  std::deque<std::function<void()>> calls_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> threads_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace rsca::worker

#endif  // RSCA_SERVER_WORKER_PLUGIN_CALL_POOL_H_
