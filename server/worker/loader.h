// Loads protocol managers, those of the configuration and those that one of them asks for, and
// shuts them down in the order of who uses whom.
#ifndef RSCA_SERVER_WORKER_LOADER_H_
#define RSCA_SERVER_WORKER_LOADER_H_

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "common/mutex.h"
#include "rsca/worker/v1/worker_link.pb.h"
#include "server/worker/dependencies.h"
#include "server/worker/protocol_manager.h"
#include "server/worker/worker_process_framework.h"

namespace rsca::worker {

// Thread-safe. Plug-ins may ask for each other while they are loaded, from any thread: a wait for
// one that is being loaded follows the graph of uses, which has no cycle, so no two wait for each
// other.
class Loader final : public std::enable_shared_from_this<Loader> {
 public:
  Loader(const v1::Bootstrap& bootstrap, FrameworkServices services);

  // Loads the one at this place of the configuration, unless another has asked for it already.
  // Null, and what was wrong in `failure`, when it cannot be had.
  std::shared_ptr<ProtocolManager> LoadConfigured(size_t place, v1::LoadFailure* failure);

  // Those that are loaded and not shut down.
  std::vector<std::shared_ptr<ProtocolManager>> managers();

  // IProtocolManager::Shutdown on all of them: each on a thread of its own, once its users are
  // done. Returns when all have returned. Nothing is loaded any more. Call once.
  void Shutdown(bool immediate);

 private:
  enum class State { kNew, kLoading, kLoaded, kFailed };

  struct Entry {
    v1::ProtocolManager config;
    std::string file;  // which library it is
    State state = State::kNew;
    bool shut_down = false;
    WpfPtr<IWorkerProcessFramework> framework;  // plug-ins need not count their references to it
    std::shared_ptr<ProtocolManager> manager;
    v1::LoadFailure failure;
  };

  HRESULT GetCustomInterface(size_t user, const std::string& library,
                             const std::string& entry_point, DWORD id, PVOID* answer);
  HRESULT BeginUse(size_t user, const std::string& library, const std::string& entry_point,
                   size_t* used);
  size_t FindOrAdd(const std::string& library, const std::string& entry_point)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void WaitLoaded(size_t index);
  void Load(size_t index);
  void ShutDownInTurn(size_t index, bool immediate);
  bool IsUsed(size_t index) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void LogCycle(const std::vector<size_t>& cycle) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const FrameworkServices services_;
  Mutex mutex_;
  CondVar changed_;
  bool shutting_down_ ABSL_GUARDED_BY(mutex_) = false;
  // Those of the configuration first, in its order; never fewer.
  std::deque<Entry> entries_ ABSL_GUARDED_BY(mutex_);
  Dependencies uses_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace rsca::worker

#endif  // RSCA_SERVER_WORKER_LOADER_H_
