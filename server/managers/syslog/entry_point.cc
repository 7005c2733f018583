#include <memory>

#include "server/managers/base/failure.h"
#include "server/managers/base/manager.h"
#include "server/managers/syslog/functions.h"
#include "server/managers/syslog/syslog_parts.h"

extern "C" RSCA_EXPORT HRESULT GetProtocolManager(IWorkerProcessFramework* framework,
                                                  IProtocolManager** manager) {
  using namespace rsca::managers::syslog;  // NOLINT(google-build-using-namespace)
  return rsca::managers::Guarded([&] {
    const auto parts = std::make_shared<SyslogParts>(HubLimits());
    return rsca::managers::MakeManager(framework, {FollowFunction(parts), StatsFunction(parts)},
                                       manager, parts);
  });
}
