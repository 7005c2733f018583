#include "server/observability/health.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace rsca::observability {
namespace {

constexpr char kWholeName[] = "";
// What clients that look after one service ask for.
constexpr char kServiceName[] = "rsca.v1.CustomActions";

std::string PoolName(const std::string& pool) { return absl::StrCat("pool/", pool); }

constexpr char kJournalName[] = "journal";

}  // namespace

Health::Health() : services_{{kWholeName, true}, {kServiceName, true}} {}

void Health::Drain() {
  {
    MutexLock lock(&mutex_);
    draining_ = true;
  }
  WakeAll();
}

void Health::SetPool(const std::string& pool, bool serving) { Set(PoolName(pool), serving); }

void Health::SetJournal(bool serving) { Set(kJournalName, serving); }

std::optional<bool> Health::Now(const std::string& service) const {
  MutexLock lock(&mutex_);
  return Find(service);
}

std::optional<bool> Health::NowAndThen(const std::string& service, const void* reader,
                                       std::function<void()> wake) {
  MutexLock lock(&mutex_);
  waiting_[reader] = std::move(wake);
  return Find(service);
}

void Health::Forget(const void* reader) {
  MutexLock lock(&mutex_);
  waiting_.erase(reader);
}

std::optional<bool> Health::Find(const std::string& service) const {
  const auto found = services_.find(service);
  if (found == services_.end()) return std::nullopt;
  return found->second && !draining_;
}

void Health::Set(const std::string& service, bool serving) {
  {
    MutexLock lock(&mutex_);
    services_[service] = serving;
  }
  WakeAll();
}

void Health::WakeAll() {
  std::unordered_map<const void*, std::function<void()>> waiting;
  {
    MutexLock lock(&mutex_);
    waiting.swap(waiting_);
  }
  for (const auto& [reader, wake] : waiting) wake();
}

}  // namespace rsca::observability
