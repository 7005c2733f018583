// The server's health as grpc.health.v1 tells it: the whole under the empty name, each pool as
// `pool/NAME`, the journal as `journal`.
#ifndef RSCA_SERVER_OBSERVABILITY_HEALTH_H_
#define RSCA_SERVER_OBSERVABILITY_HEALTH_H_

#include <grpcpp/health_check_service_interface.h>

#include <map>
#include <string>

#include "common/mutex.h"

namespace rsca::observability {

// Thread-safe.
class Health {
 public:
  // Publishes what it knows and what comes. The service stays until Detach.
  void Attach(grpc::HealthCheckServiceInterface* service);
  void Detach();

  // The server ends: everything is NOT_SERVING, and stays so.
  void Drain();

  void SetPool(const std::string& pool, bool serving);

  // Whether durable registrations can be made and their results kept.
  void SetJournal(bool serving);

 private:
  void SetPart(const std::string& service, bool serving);

  Mutex mutex_;
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
  grpc::HealthCheckServiceInterface* service_ ABSL_GUARDED_BY(mutex_) = nullptr;
  std::map<std::string, bool> parts_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace rsca::observability

#endif  // RSCA_SERVER_OBSERVABILITY_HEALTH_H_
