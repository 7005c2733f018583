// Entry points that do not make a protocol manager, one for each way; and one that works under
// another name than the usual.
#include <stdexcept>

#include "tests/plugins/support.h"

#define ENTRY_POINT extern "C" __attribute__((visibility("default"))) HRESULT

ENTRY_POINT GetProtocolManager(IN IWorkerProcessFramework*, OUT IProtocolManager**) {
  return E_OUTOFMEMORY;
}

ENTRY_POINT GetNull(IN IWorkerProcessFramework*, OUT IProtocolManager**) { return S_OK; }

ENTRY_POINT GetByException(IN IWorkerProcessFramework*, OUT IProtocolManager**) {
  throw std::runtime_error("in the entry point");
}

namespace {
class Renamed final : public rsca::plugins::Plugin {
 public:
  Renamed() : Plugin({rsca::plugins::Many(L"renamed")}) {}
};
}  // namespace

ENTRY_POINT GetRenamed(IN IWorkerProcessFramework*, OUT IProtocolManager** ppProtocolManager) {
  *ppProtocolManager = new Renamed;
  return S_OK;
}
