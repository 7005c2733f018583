// The listener channels of the worker: IPmListenerChannelManager.
#ifndef RSCA_SERVER_WORKER_LISTENERS_H_
#define RSCA_SERVER_WORKER_LISTENERS_H_

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "common/mutex.h"
#include "rsca/worker/v1/worker_link.pb.h"
#include "server/worker/control_sender.h"
#include "server/worker/listener.h"
#include "server/worker/plugin_call_pool.h"
#include "server/worker/plugins.h"

namespace rsca::worker {

// Thread-safe. A thread of its own sends the events: counts of messages four times a second at
// most, the rest at once. So no plug-in waits for the control socket, however much it reports.
class Listeners final : public std::enable_shared_from_this<Listeners> {
 public:
  // Plug-ins and pool outlive Close.
  Listeners(Plugins* plugins, PluginCallPool* pool, std::shared_ptr<ControlSender> sender);
  ~Listeners();

  // Sees to it that an event comes.
  void Start(const v1::StartListener& start);
  // Harmless for one that is gone or never was.
  void Stop(const v1::StopListener& stop);

  // Refuses what starts from here on, and asks all to stop. Again, with `immediate`, hurries it.
  void BeginShutdown(bool immediate);
  // Until all have stopped and the server was told. False when that took longer.
  bool WaitUntilStopped(absl::Duration limit);

  // Nothing is sent any more. Called by one thread.
  void Close();

 private:
  using Clock = std::chrono::steady_clock;

  void StopOne(const std::shared_ptr<Listener>& listener, bool immediate);
  void Mark(const std::shared_ptr<Listener>& listener, bool urgent);
  void SendEvents();
  bool WaitForEvents(std::set<std::shared_ptr<Listener>>* changed);

  Plugins* const plugins_;
  PluginCallPool* const pool_;
  const std::shared_ptr<ControlSender> sender_;

  Mutex mutex_;
  CondVar marked_;
  CondVar removed_;
  bool shutting_down_ ABSL_GUARDED_BY(mutex_) = false;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  bool urgent_ ABSL_GUARDED_BY(mutex_) = false;
  Clock::time_point next_counts_ ABSL_GUARDED_BY(mutex_);
  std::map<uint32_t, std::shared_ptr<Listener>> listeners_ ABSL_GUARDED_BY(mutex_);
  std::set<std::shared_ptr<Listener>> changed_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;  // last: it uses the others
};

}  // namespace rsca::worker

#endif  // RSCA_SERVER_WORKER_LISTENERS_H_
