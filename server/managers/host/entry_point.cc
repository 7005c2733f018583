#include "server/managers/base/manager.h"
#include "server/managers/host/functions.h"

extern "C" RSCA_EXPORT HRESULT GetProtocolManager(IWorkerProcessFramework* framework,
                                                  IProtocolManager** manager) {
  return rsca::managers::MakeManager(
      framework, {rsca::managers::HostInfoFunction(), rsca::managers::HostMetricsFunction()},
      manager);
}
