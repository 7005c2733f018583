#include "server/managers/syslog/loop_health.h"

#include <utility>

#include "server/managers/syslog/steady_now.h"

namespace rsca::managers::syslog {

HRESULT LoopHealth::Check(IHealthStatusCallback* callback) {
  if (callback == nullptr) return E_POINTER;
  const absl::Time now = SteadyNow();
  std::deque<Ping> unhealthy;
  {
    MutexLock lock(&mutex_);
    const bool stuck = !pings_.empty() && now - pings_.front().sent >= limit_;
    pings_.push_back({now, WpfPtr<IHealthStatusCallback>::Share(callback)});
    if (stuck) unhealthy.swap(pings_);
  }
  for (const Ping& ping : unhealthy) (void)ping.callback->ReportHealth(FALSE);
  if (!unhealthy.empty()) return S_OK;
  if (loop_->Post([this] { Answer(); })) return S_OK;
  MutexLock lock(&mutex_);
  pings_.clear();
  return HRESULT_FROM_WIN32(ERROR_SHUTDOWN_IN_PROGRESS);
}

void LoopHealth::Answer() {
  Ping ping;
  {
    MutexLock lock(&mutex_);
    if (pings_.empty()) return;  // has been answered meanwhile: the loop was stuck
    ping = std::move(pings_.front());
    pings_.pop_front();
  }
  (void)ping.callback->ReportHealth(TRUE);
}

}  // namespace rsca::managers::syslog
