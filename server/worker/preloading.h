// IPmApplicationPreload: at the worker's start and when the server asks for it.
#ifndef RSCA_SERVER_WORKER_PRELOADING_H_
#define RSCA_SERVER_WORKER_PRELOADING_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/mutex.h"
#include "rsca/worker/v1/worker_link.pb.h"
#include "server/worker/applications.h"
#include "server/worker/control_sender.h"
#include "server/worker/plugin_call_pool.h"

namespace rsca::worker {

class Plugins;

// Thread-safe. Each application is preloaded once at a time: who asks meanwhile gets the same
// answer.
class Preloading final : public PreloadFailureSink,
                         public std::enable_shared_from_this<Preloading> {
 public:
  Preloading(std::shared_ptr<const Applications> applications,
             std::shared_ptr<ControlSender> sender, bool recycled);

  // Those that the configuration wants preloaded, one after the other. Plug-ins and pool outlive
  // the pool's calls.
  void StartAll(Plugins* plugins, PluginCallPool* pool);
  // Sees to it that `Preloaded` is answered.
  void Start(const v1::PreloadApplication& request, Plugins* plugins, PluginCallPool* pool);

  // Belongs to the preloading that is under way; without one it is news of its own.
  HRESULT ReportPreloadFailure(const Application& application,
                               const v1::WorkerFailure& failure) override;

 private:
  struct State {
    bool running = false;
    std::vector<uint64_t> numbers;  // that want the answer
    std::vector<v1::WorkerFailure> failures;
    int reports = 0;  // since the last preloading began
  };

  // False when it is under way already, and this number waits for it, too.
  bool Begin(const std::string& application, uint64_t number);
  void Run(const Application& application, Plugins* plugins);
  void Finish(const std::string& application, std::vector<v1::WorkerFailure> failures);
  void Send(const std::string& application, uint64_t number,
            const std::vector<v1::WorkerFailure>& failures);

  const std::shared_ptr<const Applications> applications_;
  const std::shared_ptr<ControlSender> sender_;
  const bool recycled_;
  Mutex mutex_;
  std::map<std::string, State> states_ ABSL_GUARDED_BY(mutex_);  // by application
};

}  // namespace rsca::worker

#endif  // RSCA_SERVER_WORKER_PRELOADING_H_
