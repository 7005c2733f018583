// The server's health as grpc.health.v1 tells it: the whole under the empty name, each pool as
// `pool/NAME`, the journal as `journal`.
#ifndef RSCA_SERVER_OBSERVABILITY_HEALTH_H_
#define RSCA_SERVER_OBSERVABILITY_HEALTH_H_

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>

#include "common/mutex.h"

namespace rsca::observability {

// Keeps the latest state for any number of readers; nothing queues. Thread-safe.
class Health {
 public:
  Health();

  // The server ends: everything is NOT_SERVING, and stays so.
  void Drain();

  void SetPool(const std::string& pool, bool serving);

  // Whether durable registrations can be made and their results kept.
  void SetJournal(bool serving);

  // Whether a service is serving; nothing if there is no such service.
  std::optional<bool> Now(const std::string& service) const;
  // The same; `wake` is called once when any service may have changed, on any thread.
  std::optional<bool> NowAndThen(const std::string& service, const void* reader,
                                 std::function<void()> wake);
  // A wake that has begun may still come.
  void Forget(const void* reader);

 private:
  std::optional<bool> Find(const std::string& service) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Set(const std::string& service, bool serving);
  void WakeAll();

  mutable Mutex mutex_;
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
  std::map<std::string, bool> services_ ABSL_GUARDED_BY(mutex_);
  std::unordered_map<const void*, std::function<void()>> waiting_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace rsca::observability

#endif  // RSCA_SERVER_OBSERVABILITY_HEALTH_H_
