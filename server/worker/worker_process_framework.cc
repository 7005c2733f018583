#include "server/worker/worker_process_framework.h"

#include <optional>
#include <utility>

#include "server/worker/counted.h"
#include "server/worker/wide_text.h"

namespace rsca::worker {
namespace {

class ExposeCustomInterface final : public Counted<IWpfExposeProtocolManagerCustomInterface> {
 public:
  explicit ExposeCustomInterface(CustomInterfaceSource source) : source_(std::move(source)) {}

  HRESULT LoadProtocolManagerAndGetCustomInterface(PCWSTR pszProtocolManagerDll,
                                                   PCWSTR pszProtocolManagerDllInitFunction,
                                                   DWORD dwCustomInterfaceID,
                                                   PVOID* ppCustomInterface) override {
    if (ppCustomInterface == nullptr) return E_POINTER;
    *ppCustomInterface = nullptr;
    if (pszProtocolManagerDll == nullptr || pszProtocolManagerDllInitFunction == nullptr) {
      return E_POINTER;
    }
    const std::optional<std::string> library = TextFrom(pszProtocolManagerDll);
    const std::optional<std::string> entry_point = TextFrom(pszProtocolManagerDllInitFunction);
    if (!library || !entry_point) return HRESULT_FROM_WIN32(ERROR_NO_UNICODE_TRANSLATION);
    if (library->empty() || entry_point->empty()) return E_INVALIDARG;
    return source_(*library, *entry_point, dwCustomInterfaceID, ppCustomInterface);
  }

 private:
  const CustomInterfaceSource source_;
};

class Framework final : public Counted<IWorkerProcessFramework> {
 public:
  Framework(const FrameworkServices& services, const std::string& manager,
            CustomInterfaceSource source)
      : application_info_(MakeApplicationInfoUtil(services.applications)),
        settings_(services.settings),
        actions_(MakeActions(services.requests, manager)),
        custom_interfaces_(
            MakeCounted<IWpfExposeProtocolManagerCustomInterface, ExposeCustomInterface>(
                std::move(source))),
        preload_(MakeApplicationPreloadUtil(services.applications, services.preload_failures,
                                            manager)) {}

  HRESULT GetWpfInterface(WPF_INTERFACE_ID_ENUM enumWpfInterfaceID,
                          PVOID* ppWpfInterface) override {
    if (ppWpfInterface == nullptr) return E_POINTER;
    *ppWpfInterface = nullptr;
    switch (enumWpfInterfaceID) {
      case WPF_CONFIG_API_ID:
        return E_NOTIMPL;
      case WPF_APPLICATION_INFO_UTIL_ID:
        return HandOut(application_info_, ppWpfInterface);
      case WPF_SETTINGS_ID:
        return HandOut(settings_, ppWpfInterface);
      case WPF_ACTIONS_ID:
        return HandOut(actions_, ppWpfInterface);
      case WPF_EXPOSE_PROTOCOL_MANAGER_CUSTOM_INTERFACE_ID:
        return HandOut(custom_interfaces_, ppWpfInterface);
      case WPF_APPLICATION_PRELOAD_INFO_UTIL_ID:
        return HandOut(preload_, ppWpfInterface);
    }
    return E_INVALIDARG;
  }

  HRESULT GetCustomInterface(DWORD /*dwCustomInterfaceID*/, PVOID* ppCustomInterface) override {
    if (ppCustomInterface == nullptr) return E_POINTER;
    *ppCustomInterface = nullptr;
    return E_NOINTERFACE;
  }

  HRESULT GetInterfaceVersion(PDWORD pdwMajorVersion, PDWORD pdwMinorVersion) override {
    if (pdwMajorVersion == nullptr || pdwMinorVersion == nullptr) return E_POINTER;
    *pdwMajorVersion = 1;
    *pdwMinorVersion = 0;
    return S_OK;
  }

 private:
  template <typename Interface>
  static HRESULT HandOut(const WpfPtr<Interface>& interface, PVOID* answer) {
    *answer = WpfPtr<Interface>(interface).Detach();
    return S_OK;
  }

  const WpfPtr<IWpfApplicationInfoUtil> application_info_;
  const WpfPtr<IWpfSettings> settings_;
  const WpfPtr<IWpfActions> actions_;
  const WpfPtr<IWpfExposeProtocolManagerCustomInterface> custom_interfaces_;
  const WpfPtr<IWpfApplicationPreloadUtil> preload_;
};

}  // namespace

WpfPtr<IWorkerProcessFramework> MakeWorkerProcessFramework(const FrameworkServices& services,
                                                           const std::string& manager,
                                                           CustomInterfaceSource source) {
  return MakeCounted<IWorkerProcessFramework, Framework>(services, manager, std::move(source));
}

}  // namespace rsca::worker
