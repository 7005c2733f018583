// One thread that waits for descriptors. Some of them wait behind a gate: while it is closed they
// are not read, and so their senders come to wait.
#ifndef RSCA_SERVER_MANAGERS_SYSLOG_EVENT_LOOP_H_
#define RSCA_SERVER_MANAGERS_SYSLOG_EVENT_LOOP_H_

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "common/mutex.h"
#include "server/managers/base/unique_fd.h"
#include "server/managers/base/wake_event.h"

namespace rsca::managers::syslog {

class EventLoop {
 public:
  class Source {
   public:
    // `events`: as of epoll; 0 when it had called Resume.
    virtual void OnReady(uint32_t events) = 0;

   protected:
    ~Source() = default;
  };

  // `gate`: for how long the gate is closed now; zero when it is open. Called on the loop's thread
  // before each wait. Throws std::system_error when there is no descriptor or no thread left.
  explicit EventLoop(std::function<absl::Duration()> gate);
  ~EventLoop() { Stop(); }

  // Any thread. Runs the task on the loop's thread; false when the loop has been stopped.
  bool Post(std::function<void()> task);

  // Any thread: asks the gate again.
  void Wake() { wake_.Signal(); }

  // Any thread but the loop's. Runs the tasks posted before; then there is no thread any more.
  void Stop();

  // The rest: only on the loop's thread.

  // Level-triggered. The descriptor stays the caller's. An errno, or 0.
  int Watch(int fd, uint32_t events, bool gated, Source* source);
  void Unwatch(int fd);

  // Other events of a descriptor that is not gated.
  void SetEvents(int fd, uint32_t events);

  // Calls OnReady once the gate is open, whether or not the descriptor is readable then.
  void Resume(int fd) { resumed_.insert(fd); }

  void RunAfter(absl::Duration delay, std::function<void()> task);

 private:
  struct Watched {
    Source* source;
    uint32_t generation;  // tells a descriptor's number from its earlier uses
    bool gated;
  };

  void Run();
  void RunTasks();
  void RunTimers();
  void RunResumed();
  void SetGate(bool open);
  absl::Duration TimeToWait(absl::Duration gate_closed) const;
  void Dispatch(int epoll_fd, int timeout_ms);

  const std::function<absl::Duration()> gate_;
  const UniqueFd epoll_;
  const UniqueFd gated_epoll_;  // watched by epoll_ while the gate is open
  WakeEvent wake_;
  Mutex mutex_;
  std::vector<std::function<void()>> tasks_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;

  // The loop's thread alone.
  std::map<int, Watched> watched_;
  uint32_t next_generation_ = 0;
  std::multimap<absl::Time, std::function<void()>> timers_;
  std::set<int> resumed_;
  bool gate_open_ = true;

  std::thread thread_;
};

}  // namespace rsca::managers::syslog

#endif  // RSCA_SERVER_MANAGERS_SYSLOG_EVENT_LOOP_H_
