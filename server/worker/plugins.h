// All protocol managers of the worker, and the functions that they offer.
#ifndef RSCA_SERVER_WORKER_PLUGINS_H_
#define RSCA_SERVER_WORKER_PLUGINS_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/mutex.h"
#include "rsca/worker/v1/worker_link.pb.h"
#include "server/worker/argument_schema.h"
#include "server/worker/loader.h"
#include "server/worker/protocol_manager.h"

namespace rsca::worker {

// A function that can be called. Immutable.
struct Function {
  v1::FunctionInfo info;
  std::wstring name;
  std::shared_ptr<ProtocolManager> manager;
  std::unique_ptr<const ArgumentSchema> schema;  // null: any text is accepted
};

// Thread-safe.
class Plugins {
 public:
  Plugins(const v1::Bootstrap& bootstrap, FrameworkServices services);

  // Loads what can be loaded of the configuration; one that cannot does not hinder the others. Call
  // once.
  v1::Ready Load();

  // Null where there is none, or not yet.
  std::shared_ptr<const Function> Find(const std::string& name);

  // All that are loaded, also those that the configuration does not know but another one asked for.
  std::vector<std::shared_ptr<ProtocolManager>> managers() { return loader_->managers(); }

  // See Loader.
  void Shutdown(bool immediate) { loader_->Shutdown(immediate); }

 private:
  using Functions = std::map<std::string, std::shared_ptr<const Function>>;

  static void AddFunctions(const v1::ProtocolManager& config,
                           const std::shared_ptr<ProtocolManager>& manager, Functions* functions,
                           v1::Ready* ready);

  const std::vector<v1::ProtocolManager> configs_;
  const std::shared_ptr<Loader> loader_;
  Mutex mutex_;
  Functions functions_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace rsca::worker

#endif  // RSCA_SERVER_WORKER_PLUGINS_H_
