#include "server/managers/base/manager.h"
#include "server/managers/process/exec_action.h"
#include "server/managers/process/list_function.h"
#include "server/managers/process/watch_action.h"

extern "C" RSCA_EXPORT HRESULT GetProtocolManager(IWorkerProcessFramework* framework,
                                                  IProtocolManager** manager) {
  return rsca::managers::MakeManager(
      framework,
      {rsca::managers::ExecFunction(), rsca::managers::ListFunction(),
       rsca::managers::WatchFunction()},
      manager);
}
