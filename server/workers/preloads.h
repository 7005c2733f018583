// The preloading of one pool's applications.
#ifndef RSCA_SERVER_WORKERS_PRELOADS_H_
#define RSCA_SERVER_WORKERS_PRELOADS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/mutex.h"
#include "server/workers/pool_options.h"
#include "server/workers/worker.h"

namespace rsca::workers {

// What a protocol manager says about an application that it could not preload.
struct PreloadFailure {
  std::string protocol_manager;  // empty: the worker itself says so
  std::string reason;
  int32_t hresult = 0;
};

enum class PreloadState {
  kNone,     // nobody has asked for it
  kLoading,  // under way
  kLoaded,
  kFailed
};

// An application and what became of its latest preloading.
struct ApplicationInfo {
  std::string pool;
  ApplicationOptions application;
  PreloadState state = PreloadState::kNone;
  std::string worker;  // where
  absl::Time time;     // of the latest change; infinite past before the first
  std::vector<PreloadFailure> failures;
};

// Thread-safe.
class Preloads {
 public:
  // Called once, without locks, on a thread of the worker's link; must not block. A failure of the
  // preloading is in the info; an error is UNAVAILABLE (WORKER_UNAVAILABLE): the worker ended
  // first.
  using Done = std::function<void(const absl::StatusOr<ApplicationInfo>&)>;

  explicit Preloads(const PoolOptions& options);

  // Asks a ready worker. NOT_FOUND (APPLICATION_NOT_FOUND, metadata `application`) and
  // RESOURCE_EXHAUSTED (LIMIT_EXCEEDED: so many were not answered yet), and then `done` is not
  // called.
  absl::Status Start(const std::string& application, const std::shared_ptr<Worker>& worker,
                     Done done);

  // In the order of the configuration.
  std::vector<ApplicationInfo> list() const;

  // From the pool. A ready worker preloads by itself what the configuration wants preloaded.
  void OnWorkerReady(const Worker* worker);
  void OnPreloaded(const Worker* worker, const worker::v1::Preloaded& preloaded);
  void OnWorkerGone(const Worker* worker);

 private:
  struct Pending {
    const Worker* worker;
    std::string application;
    Done done;
  };

  ApplicationInfo* Find(const std::string& application) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string pool_;
  mutable Mutex mutex_;
  std::vector<ApplicationInfo> applications_ ABSL_GUARDED_BY(mutex_);
  uint64_t last_number_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<uint64_t, Pending> pending_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace rsca::workers

#endif  // RSCA_SERVER_WORKERS_PRELOADS_H_
