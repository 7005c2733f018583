// A worker: greets the server, loads the plug-ins, and carries out what the server says until
// it says Shutdown or is gone.
#ifndef RSCA_SERVER_WORKER_WORKER_H_
#define RSCA_SERVER_WORKER_WORKER_H_

#include <functional>
#include <memory>

#include "common/mutex.h"
#include "rsca/worker/v1/worker_link.pb.h"
#include "server/worker/channels.h"
#include "server/worker/control_link.h"
#include "server/worker/control_sender.h"
#include "server/worker/plugin_call_pool.h"
#include "server/worker/plugin_services.h"
#include "server/worker/plugins.h"
#include "server/worker/report_queue.h"
#include "server/worker/results_link.h"

namespace rsca::worker {

class Worker {
 public:
  // Takes over the sockets to the server, `control_descriptor` and `results_descriptor` of the
  // bootstrap. `lost` is told, once and on any thread, that the server is gone. Run then ends as
  // soon as the plug-ins let it; who cannot wait for that long ends the process.
  Worker(v1::Bootstrap bootstrap, std::function<void()> lost);
  // Waits for the plug-in calls that are running.
  ~Worker();

  // The exit status. Call once.
  int Run();

  // After Run: whether no plug-in call is running, so that the destructor need not wait for one.
  bool idle();

  // As if the server had said it. Any thread.
  void RequestShutdown(bool immediate);

 private:
  bool Connect();
  void Handle(const v1::ControlResponse& message);
  void Lose();
  bool WaitForEnd();
  void ShutDown(bool immediate);
  bool was_lost();

  const v1::Bootstrap bootstrap_;
  const std::function<void()> told_lost_;
  const std::shared_ptr<ReportQueue> queue_ = std::make_shared<ReportQueue>();
  const PluginSinks sinks_;
  Plugins plugins_;
  // The order matters: the links call channels and services, which call the pool, whose calls use
  // the links.
  std::unique_ptr<PluginCallPool> pool_;
  std::unique_ptr<Channels> channels_;
  std::unique_ptr<PluginServices> services_;
  std::unique_ptr<ResultsLink> results_;
  std::unique_ptr<ControlLink> control_;

  Mutex mutex_;
  CondVar changed_;
  bool lost_ ABSL_GUARDED_BY(mutex_) = false;
  bool shutdown_ ABSL_GUARDED_BY(mutex_) = false;
  bool immediate_ ABSL_GUARDED_BY(mutex_) = false;
  bool closing_ ABSL_GUARDED_BY(mutex_) =
      false;  // the end of the control socket is no loss any more
};

}  // namespace rsca::worker

#endif  // RSCA_SERVER_WORKER_WORKER_H_
