// What the syslog manager has besides functions: its loop, its hub and its channels, and the
// framework's interfaces to them.
#ifndef RSCA_SERVER_MANAGERS_SYSLOG_SYSLOG_PARTS_H_
#define RSCA_SERVER_MANAGERS_SYSLOG_SYSLOG_PARTS_H_

#include <atomic>
#include <cstdint>
#include <memory>

#include "server/managers/base/manager.h"
#include "server/managers/syslog/channels.h"
#include "server/managers/syslog/event_loop.h"
#include "server/managers/syslog/hub.h"
#include "server/managers/syslog/loop_health.h"

namespace rsca::managers::syslog {

// Thread-safe.
class SyslogParts final : public ManagerParts, public std::enable_shared_from_this<SyslogParts> {
 public:
  // Throws std::system_error when there is no descriptor or no thread left.
  explicit SyslogParts(const HubLimits& limits);

  PVOID MakePmInterface(PM_INTERFACE_ID_ENUM id) override;
  void Shutdown(bool immediate) override;

  // Whether nothing came in since the last time that it was asked, and nobody follows.
  bool IsIdle();

  Hub& hub() { return hub_; }
  Channels& channels() { return channels_; }
  LoopHealth& health() { return health_; }

 private:
  Hub hub_;
  EventLoop loop_;
  Channels channels_;
  LoopHealth health_;
  std::atomic<uint64_t> received_before_{0};
};

}  // namespace rsca::managers::syslog

#endif  // RSCA_SERVER_MANAGERS_SYSLOG_SYSLOG_PARTS_H_
