// Its entry point does not return.
#include "tests/plugins/support.h"

extern "C" __attribute__((visibility("default"))) HRESULT GetProtocolManager(
    IN IWorkerProcessFramework*, OUT IProtocolManager**) {
  while (true) std::this_thread::sleep_for(std::chrono::hours(1));
}
