// What the server asks of plug-ins beside conversations: whether they are healthy and idle, to
// prepare for suspension, to listen, to preload applications.
#ifndef RSCA_SERVER_WORKER_PLUGIN_SERVICES_H_
#define RSCA_SERVER_WORKER_PLUGIN_SERVICES_H_

#include <memory>

#include "absl/time/time.h"
#include "rsca/worker/v1/worker_link.pb.h"
#include "server/worker/control_sender.h"
#include "server/worker/listeners.h"
#include "server/worker/plugin_call_pool.h"
#include "server/worker/plugins.h"
#include "server/worker/preloading.h"
#include "server/worker/requests.h"
#include "server/worker/survey.h"

namespace rsca::worker {

// What plug-ins report to, and may hold longer than the worker lives.
struct PluginSinks {
  std::shared_ptr<ControlSender> sender;
  std::shared_ptr<Requests> requests;
  std::shared_ptr<Preloading> preloading;
};

// Thread-safe. Nothing here waits for a plug-in, unless it says so.
class PluginServices {
 public:
  // Plug-ins and pool outlive it. Calls that come in any number are made on the pool; those that
  // watch over the worker have threads of their own, which no long call can take from them.
  PluginServices(PluginSinks sinks, Plugins* plugins, PluginCallPool* pool);
  // Waits for the calls on its own threads.
  ~PluginServices();

  // False for a message that is not its business.
  bool Handle(const v1::ControlResponse& message);

  // The applications that are to be preloaded at the start.
  void PreloadAtStart();

  // All listener channels are asked to stop; none starts any more.
  void BeginShutdown(bool immediate) { listeners_->BeginShutdown(immediate); }
  // False when listener channels needed longer.
  bool WaitUntilListenersStopped(absl::Duration limit) {
    return listeners_->WaitUntilStopped(limit);
  }

  // Nothing is asked and nothing answered any more.
  void Close();

  // After Close: false while a plug-in is in a call on one of its threads.
  bool idle() { return watch_pool_.WaitIdle(absl::ZeroDuration()); }

 private:
  Survey::Question WithDone(Survey::Question question,
                            void (*fill)(uint64_t, const std::vector<v1::WorkerFailure>&,
                                         v1::ControlRequest*)) const;

  const PluginSinks sinks_;
  Plugins* const plugins_;
  PluginCallPool* const pool_;
  PluginCallPool watch_pool_;
  const std::shared_ptr<Survey> health_;
  const std::shared_ptr<Survey> idle_;
  const std::shared_ptr<Survey> suspend_;
  const std::shared_ptr<Listeners> listeners_;
};

}  // namespace rsca::worker

#endif  // RSCA_SERVER_WORKER_PLUGIN_SERVICES_H_
