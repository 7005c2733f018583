#include "server/observability/health.h"

#include "absl/strings/str_cat.h"

namespace rsca::observability {
namespace {

std::string ServiceName(const std::string& pool) { return absl::StrCat("pool/", pool); }

}  // namespace

void Health::Attach(grpc::HealthCheckServiceInterface* service) {
  MutexLock lock(&mutex_);
  service_ = service;
  for (const auto& [pool, serving] : pools_) {
    service_->SetServingStatus(ServiceName(pool), serving);
  }
}

void Health::Detach() {
  MutexLock lock(&mutex_);
  service_ = nullptr;
}

void Health::Drain() {
  MutexLock lock(&mutex_);
  draining_ = true;
  if (service_ != nullptr) service_->SetServingStatus(false);
}

void Health::SetPool(const std::string& pool, bool serving) {
  MutexLock lock(&mutex_);
  pools_[pool] = serving;
  if (service_ != nullptr && !draining_) service_->SetServingStatus(ServiceName(pool), serving);
}

}  // namespace rsca::observability
