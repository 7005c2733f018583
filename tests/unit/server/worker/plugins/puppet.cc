#include "tests/unit/server/worker/plugins/puppet.h"

#include <atomic>

#define EXPORT extern "C" __attribute__((visibility("default")))

namespace rsca::worker {
namespace {

PuppetStrings& Strings() {
  static auto* const strings = new PuppetStrings;
  return *strings;
}

class Puppet final : public IProtocolManager,
                     public IPmCustomActions,
                     public IPmCustomActions2,
                     public IRscaRegistrations,
                     public IRscaCatalogue {
 public:
  explicit Puppet(bool numbered) : numbered_(numbered) { ++Strings().alive; }
  virtual ~Puppet() { --Strings().alive; }

  ULONG AddRef() override { return ++references_; }
  ULONG Release() override {
    const ULONG left = --references_;
    if (left == 0) delete this;
    return left;
  }

  HRESULT GetPmInterface(PM_INTERFACE_ID_ENUM id, PVOID* answer) override {
    if (id == PM_CUSTOM_ACTIONS_ID && Strings().on_run) {
      *answer = static_cast<IPmCustomActions*>(this);
    } else if (id == PM_CUSTOM_ACTIONS_2_ID && Strings().on_register) {
      *answer = static_cast<IPmCustomActions2*>(this);
    } else {
      return E_NOINTERFACE;
    }
    AddRef();
    return S_OK;
  }

  HRESULT GetCustomInterface(DWORD id, PVOID* answer) override {
    if (id == RSCA_REGISTRATIONS_ID && numbered_) {
      *answer = static_cast<IRscaRegistrations*>(this);
    } else if (id == RSCA_CATALOGUE_ID && !Strings().functions.empty()) {
      *answer = static_cast<IRscaCatalogue*>(this);
    } else {
      return E_NOINTERFACE;
    }
    AddRef();
    return S_OK;
  }

  HRESULT Shutdown(BOOL immediate) override {
    const auto call = Strings().on_shutdown;
    return call ? call(immediate != FALSE) : S_OK;
  }

  HRESULT RunCustomAction(PCWSTR name, PCWSTR arguments,
                          ICustomActionResultCallback* callback) override {
    const auto call = Strings().on_run;
    return call ? call(name, arguments, callback) : E_NOTIMPL;
  }

  HRESULT RegisterCustomActionCallback(PCWSTR name, PCWSTR arguments,
                                       ICustomAction2ResultCallback* callback) override {
    return RegisterCustomActionCallback(0, name, arguments, callback);
  }
  HRESULT UnregisterCustomActionCallback(PCWSTR name) override { return Unregister(0, name); }

  HRESULT RegisterCustomActionCallback(ULONGLONG id, PCWSTR name, PCWSTR arguments,
                                       ICustomAction2ResultCallback* callback) override {
    const auto call = Strings().on_register;
    return call ? call(id, name, arguments, callback) : E_NOTIMPL;
  }
  HRESULT UnregisterCustomActionCallback(ULONGLONG id) override { return Unregister(id, L""); }

  HRESULT GetFunctionCount(DWORD* count) override {
    *count = static_cast<DWORD>(Strings().functions.size());
    return S_OK;
  }
  HRESULT GetFunction(DWORD index, RSCA_FUNCTION* function) override {
    if (index >= Strings().functions.size()) return E_BOUNDS;
    *function = Strings().functions[index];
    return S_OK;
  }

 private:
  static HRESULT Unregister(ULONGLONG id, const std::wstring& name) {
    const auto call = Strings().on_unregister;
    return call ? call(id, name) : E_NOTIMPL;
  }

  const bool numbered_;
  std::atomic<ULONG> references_{1};
};

HRESULT Load(IWorkerProcessFramework* framework, bool numbered, IProtocolManager** manager) {
  if (Strings().on_load) Strings().on_load(framework);
  *manager = new Puppet(numbered);
  return S_OK;
}

}  // namespace
}  // namespace rsca::worker

EXPORT HRESULT GetProtocolManager(IWorkerProcessFramework* framework, IProtocolManager** manager) {
  return rsca::worker::Load(framework, false, manager);
}

EXPORT HRESULT GetNumbered(IWorkerProcessFramework* framework, IProtocolManager** manager) {
  return rsca::worker::Load(framework, true, manager);
}

EXPORT rsca::worker::PuppetStrings* GetPuppetStrings() { return &rsca::worker::Strings(); }
