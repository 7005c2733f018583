#include "server/observability/health.h"

#include <google/protobuf/generated_message_reflection.h>

#include "absl/strings/str_cat.h"
#include "grpc/health/v1/health.pb.h"

namespace rsca::observability {
namespace {

// What clients that look after one service ask for.
constexpr char kServiceName[] = "rsca.v1.CustomActions";

std::string PoolName(const std::string& pool) { return absl::StrCat("pool/", pool); }

constexpr char kJournalName[] = "journal";

}  // namespace

void Health::Attach(grpc::HealthCheckServiceInterface* service) {
  // gRPC's own service does without descriptors; reflection needs them to describe it to clients.
  google::protobuf::LinkMessageReflection<grpc::health::v1::HealthCheckRequest>();
  MutexLock lock(&mutex_);
  service_ = service;
  service_->SetServingStatus(kServiceName, true);
  for (const auto& [service, serving] : parts_) service_->SetServingStatus(service, serving);
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

void Health::SetPool(const std::string& pool, bool serving) { SetPart(PoolName(pool), serving); }

void Health::SetJournal(bool serving) { SetPart(kJournalName, serving); }

void Health::SetPart(const std::string& service, bool serving) {
  MutexLock lock(&mutex_);
  parts_[service] = serving;
  if (service_ != nullptr && !draining_) service_->SetServingStatus(service, serving);
}

}  // namespace rsca::observability
