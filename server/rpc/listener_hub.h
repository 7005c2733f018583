// All listener channels, and those that have stopped lately.
#ifndef RSCA_SERVER_RPC_LISTENER_HUB_H_
#define RSCA_SERVER_RPC_LISTENER_HUB_H_

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "common/mutex.h"
#include "server/actions/pools.h"
#include "server/rpc/watched_listener.h"

namespace rsca::rpc {

// Thread-safe.
class ListenerHub {
 public:
  // The pools outlive it.
  explicit ListenerHub(actions::WorkerPools* pools) : pools_(pools) {}

  // RESOURCE_EXHAUSTED (LIMIT_EXCEEDED), or as WorkerPools::StartListener.
  absl::StatusOr<std::shared_ptr<WatchedListener>> Start(const actions::ListenerRequest& request);

  // Of one that has stopped: as it is. NOT_FOUND (LISTENER_NOT_FOUND).
  absl::StatusOr<std::shared_ptr<WatchedListener>> Stop(uint32_t id, bool immediate);

  // By id.
  std::vector<actions::ListenerInfo> List() const;

 private:
  // Forgets the refused ones, and of the stopped ones the oldest; how many there are that live.
  size_t ForgetEnded() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  actions::WorkerPools* const pools_;
  mutable Mutex mutex_;
  std::map<uint32_t, std::shared_ptr<WatchedListener>> listeners_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace rsca::rpc

#endif  // RSCA_SERVER_RPC_LISTENER_HUB_H_
