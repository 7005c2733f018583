#include "server/managers/base/manager.h"
#include "server/managers/file/functions.h"

extern "C" RSCA_EXPORT HRESULT GetProtocolManager(IWorkerProcessFramework* framework,
                                                  IProtocolManager** manager) {
  using namespace rsca::managers::file;  // NOLINT(google-build-using-namespace)
  return rsca::managers::MakeManager(framework, {TailFunction(), WatchFunction(), ReadFunction()},
                                     manager);
}
