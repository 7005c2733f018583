#include "tests/unit/server/worker/plugins/puppet.h"

#include <atomic>

#define EXPORT extern "C" __attribute__((visibility("default")))

namespace rsca::worker {
namespace {

PuppetStrings& Strings() {
  static auto* const strings = new PuppetStrings;
  return *strings;
}

// Makes a call that the test has set.
template <typename Call, typename... Arguments>
HRESULT Pull(Call PuppetStrings::*string, HRESULT otherwise, Arguments... arguments) {
  if (Strings().fence) Strings().fence();
  const Call call = Strings().*string;
  const HRESULT hresult = call ? call(arguments...) : otherwise;
  if (Strings().fence) Strings().fence();
  return hresult;
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
    return Pull(&PuppetStrings::on_shutdown, S_OK, immediate != FALSE);
  }

  HRESULT RunCustomAction(PCWSTR name, PCWSTR arguments,
                          ICustomActionResultCallback* callback) override {
    return Pull(&PuppetStrings::on_run, E_NOTIMPL, name, arguments, callback);
  }

  HRESULT RegisterCustomActionCallback(PCWSTR name, PCWSTR arguments,
                                       ICustomAction2ResultCallback* callback) override {
    return RegisterCustomActionCallback(0, name, arguments, callback);
  }
  HRESULT UnregisterCustomActionCallback(PCWSTR name) override { return Unregister(0, name); }

  HRESULT RegisterCustomActionCallback(ULONGLONG id, PCWSTR name, PCWSTR arguments,
                                       ICustomAction2ResultCallback* callback) override {
    return Pull(&PuppetStrings::on_register, E_NOTIMPL, id, name, arguments, callback);
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
    return Pull(&PuppetStrings::on_unregister, E_NOTIMPL, id, name);
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
