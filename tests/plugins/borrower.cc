// A protocol manager that uses the custom interface of everything.so, which lies beside it, from
// its entry point to its Shutdown. `borrower.increment` (once) answers with the counter's new
// value; `borrower.record FILE` (once) has its Shutdown write a line there.
//
// Two more entry points use each other: GetFirst asks for the one of GetSecond, which asks for the
// first one's; each succeeds all the same, and `first.ask` and `second.ask` (once) ask again and
// answer with the HRESULT.
#include "tests/plugins/everything.h"
#include "tests/plugins/support.h"

namespace rsca::plugins {
namespace {

HRESULT Borrow(IN IWorkerProcessFramework* pFramework, IN PCWSTR pszLibrary, IN PCWSTR pszFunction,
               IN DWORD dwId, OUT PVOID* ppInterface) {
  WpfPtr<IWpfExposeProtocolManagerCustomInterface> expose;
  const HRESULT hr = pFramework->GetWpfInterface(WPF_EXPOSE_PROTOCOL_MANAGER_CUSTOM_INTERFACE_ID,
                                                 expose.PutVoid());
  if (FAILED(hr)) return hr;
  return expose->LoadProtocolManagerAndGetCustomInterface(pszLibrary, pszFunction, dwId,
                                                          ppInterface);
}

class Borrower final : public Plugin {
 public:
  explicit Borrower(IN WpfPtr<IEverythingCounter> counter) : counter_(std::move(counter)) {}

  HRESULT RunCustomAction(IN PCWSTR pszFunctionName, IN PCWSTR pszArguments,
                          IN ICustomActionResultCallback* pResultCallback) override {
    const std::lock_guard lock(mutex_);
    if (Narrow(pszFunctionName) == "borrower.record") {
      record_ = Narrow(pszArguments);
      return Report(pResultCallback, "ok");
    }
    return Report(pResultCallback, std::to_string(counter_->Increment()));
  }

  HRESULT Shutdown(IN BOOL fImmediate) override {
    const std::lock_guard lock(mutex_);
    // It can be used still.
    const DWORD value = counter_->Increment();
    counter_ = nullptr;
    if (!record_.empty()) {
      AppendLine(record_, "borrower " + std::to_string(fImmediate) + " " + std::to_string(value));
    }
    return S_OK;
  }

 private:
  std::mutex mutex_;
  std::string record_;
  WpfPtr<IEverythingCounter> counter_;
};

// One of the two that use each other.
class Cyclic final : public Plugin {
 public:
  Cyclic(IN IWorkerProcessFramework* pFramework, IN PCWSTR pszOther)
      : framework_(pFramework), other_(pszOther) {}

  HRESULT Ask() {
    WpfPtr<IWpfReferencedObject> custom;
    return Borrow(framework_, L"borrower.so", other_, 1, custom.PutVoid());
  }

  HRESULT GetCustomInterface(IN DWORD dwId, OUT PVOID* ppInterface) override {
    *ppInterface = nullptr;
    if (dwId != 1) return E_NOINTERFACE;
    AddRef();
    *ppInterface = static_cast<IWpfReferencedObject*>(static_cast<IProtocolManager*>(this));
    return S_OK;
  }

  HRESULT RunCustomAction(IN PCWSTR, IN PCWSTR,
                          IN ICustomActionResultCallback* pResultCallback) override {
    return Report(pResultCallback, Hex(Ask()));
  }

 private:
  IWorkerProcessFramework* const framework_;  // lives until Shutdown has returned
  const PCWSTR other_;
};

HRESULT MakeCyclic(IN IWorkerProcessFramework* pFramework, IN PCWSTR pszOther,
                   OUT IProtocolManager** ppProtocolManager) {
  auto* const cyclic = new Cyclic(pFramework, pszOther);
  cyclic->Ask();
  *ppProtocolManager = cyclic;
  return S_OK;
}

}  // namespace
}  // namespace rsca::plugins

extern "C" __attribute__((visibility("default"))) HRESULT GetProtocolManager(
    IN IWorkerProcessFramework* pFramework, OUT IProtocolManager** ppProtocolManager) {
  WpfPtr<IEverythingCounter> counter;
  const HRESULT hr =
      rsca::plugins::Borrow(pFramework, L"everything.so", DEFAULT_PROTOCOL_MANAGER_INIT_FUNCTION,
                            EVERYTHING_COUNTER_ID, counter.PutVoid());
  if (FAILED(hr)) return hr;
  *ppProtocolManager = new rsca::plugins::Borrower(std::move(counter));
  return S_OK;
}

extern "C" __attribute__((visibility("default"))) HRESULT GetFirst(
    IN IWorkerProcessFramework* pFramework, OUT IProtocolManager** ppProtocolManager) {
  return rsca::plugins::MakeCyclic(pFramework, L"GetSecond", ppProtocolManager);
}

extern "C" __attribute__((visibility("default"))) HRESULT GetSecond(
    IN IWorkerProcessFramework* pFramework, OUT IProtocolManager** ppProtocolManager) {
  return rsca::plugins::MakeCyclic(pFramework, L"GetFirst", ppProtocolManager);
}
