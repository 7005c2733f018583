#include "server/managers/syslog/syslog_parts.h"

#include <utility>

#include "server/managers/base/failure.h"
#include "server/managers/base/ref_counted.h"

namespace rsca::managers::syslog {
namespace {

// A loop that has not answered for so long is stuck.
constexpr absl::Duration kStuckAfter = absl::Seconds(10);

class ListenerChannelManager final : public RefCounted<IPmListenerChannelManager> {
 public:
  explicit ListenerChannelManager(std::shared_ptr<SyslogParts> parts) : parts_(std::move(parts)) {}

  HRESULT StartListenerChannel(PCWSTR protocol, IWpfListenerChannelCallback* callback) override {
    return Guarded([&] { return parts_->channels().Start(protocol, callback); });
  }

  HRESULT StopListenerChannel(PCWSTR protocol, IWpfListenerChannelCallback* callback,
                              BOOL immediate) override {
    return Guarded([&] { return parts_->channels().Stop(protocol, callback, immediate != FALSE); });
  }

 private:
  const std::shared_ptr<SyslogParts> parts_;
};

class HealthAndIdleMonitor final : public RefCounted<IPmHealthAndIdleMonitor> {
 public:
  explicit HealthAndIdleMonitor(std::shared_ptr<SyslogParts> parts) : parts_(std::move(parts)) {}

  HRESULT CheckIdle(BOOL* idle) override {
    return Guarded([&] {
      if (idle == nullptr) return E_POINTER;
      *idle = parts_->IsIdle() ? TRUE : FALSE;
      return S_OK;
    });
  }

  HRESULT CheckHealth(IHealthStatusCallback* callback) override {
    return Guarded([&] { return parts_->health().Check(callback); });
  }

 private:
  const std::shared_ptr<SyslogParts> parts_;
};

}  // namespace

SyslogParts::SyslogParts(const HubLimits& limits)
    : hub_(limits, [this] { loop_.Wake(); }),
      loop_([this] { return hub_.HeldFor(); }),
      channels_(&loop_, &hub_),
      health_(&loop_, kStuckAfter) {}

PVOID SyslogParts::MakePmInterface(PM_INTERFACE_ID_ENUM id) {
  if (id == PM_LISTENER_CHANNEL_MANAGER_ID) {
    return static_cast<IPmListenerChannelManager*>(new ListenerChannelManager(shared_from_this()));
  }
  if (id == PM_HEALTH_AND_IDLE_MONITOR_ID) {
    return static_cast<IPmHealthAndIdleMonitor*>(new HealthAndIdleMonitor(shared_from_this()));
  }
  return nullptr;
}

void SyslogParts::Shutdown(bool immediate) {
  channels_.Shutdown(immediate);
  loop_.Stop();
}

bool SyslogParts::IsIdle() {
  const uint64_t received = hub_.received();
  const bool nothing_came = received_before_.exchange(received) == received;
  return nothing_came && hub_.followers().empty();
}

}  // namespace rsca::managers::syslog
