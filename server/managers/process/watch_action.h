// process.watch: starts and exits of processes as results.
#ifndef RSCA_SERVER_MANAGERS_PROCESS_WATCH_ACTION_H_
#define RSCA_SERVER_MANAGERS_PROCESS_WATCH_ACTION_H_

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <thread>

#include "server/managers/base/manager.h"
#include "server/managers/base/unique_fd.h"
#include "server/managers/base/wake_event.h"
#include "server/managers/process/proc_files.h"

namespace rsca::managers {

// Compares what /proc lists with what it listed before: at an interval, and soon after a process
// that it knows has ended. It needs no privileges and overlooks processes that begin and end
// between two looks.
class WatchAction final : public Action {
 public:
  WatchAction(std::string name, std::chrono::milliseconds interval, Reporter reporter);
  ~WatchAction() override;
  void Stop() override;

 private:
  struct Known {
    ProcessStat stat;
    std::string command;
    int looks = 0;          // that saw it
    int last_look = 0;      // number of the last of them
    bool reported = false;  // matches, and was reported or was there from the beginning
    UniqueFd pidfd;         // readable once it has ended; none when there are too many
  };
  using KnownProcesses = std::map<pid_t, Known>;

  void Run();
  void Watch();
  void Look();
  void See(ProcessStat stat);
  KnownProcesses::iterator Forget(KnownProcesses::iterator process);
  bool Matches(const Known& known) const;
  UniqueFd OpenPidfd(pid_t pid);
  void Report(const char* event, absl::Time time, const Known& known);
  bool WaitForNextLook();

  const std::string name_;
  const std::chrono::milliseconds interval_;
  const Reporter reporter_;
  WakeEvent wake_;
  std::atomic<bool> stopping_{false};

  // Of the thread.
  KnownProcesses known_;
  int look_ = 0;  // number of the current one; the first reports nothing
  size_t pidfds_ = 0;
  HRESULT report_status_ = S_OK;

  std::thread thread_;
};

Function WatchFunction();

}  // namespace rsca::managers

#endif  // RSCA_SERVER_MANAGERS_PROCESS_WATCH_ACTION_H_
