// Watches child processes by pidfd and reaps them.
#ifndef RSCA_SERVER_WORKERS_EXIT_WATCHER_H_
#define RSCA_SERVER_WORKERS_EXIT_WATCHER_H_

#include <functional>
#include <memory>
#include <thread>
#include <unordered_map>

#include "absl/status/status.h"
#include "common/mutex.h"
#include "server/workers/action_listener.h"
#include "server/workers/process_tree.h"

namespace rsca::workers {

// Thread-safe. One thread, whatever the number of processes.
class ExitWatcher {
 public:
  using Callback = std::function<void(const WorkerExit& exit)>;

  ExitWatcher();
  // Processes that are still watched are left alone; their callbacks never come.
  ~ExitWatcher();

  // Calls back once, on the watcher's thread, when the child has ended and been reaped, and what is
  // left of its tree has been killed. Takes the pidfd over. `tree` may be null. The exit's reason
  // is the process's part of it: by itself, by a signal, or by a limit that the kernel keeps.
  absl::Status Watch(int pid, int pidfd, std::shared_ptr<ProcessTree> tree, Callback callback);

 private:
  struct Child {
    int pid;
    std::shared_ptr<ProcessTree> tree;
    Callback callback;
  };

  void Run();
  void Reap(int pidfd);

  const int epoll_;
  const int stop_event_;
  Mutex mutex_;
  std::unordered_map<int, Child> children_ ABSL_GUARDED_BY(mutex_);  // by pidfd
  std::thread thread_;
};

}  // namespace rsca::workers

#endif  // RSCA_SERVER_WORKERS_EXIT_WATCHER_H_
