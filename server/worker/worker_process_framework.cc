#include "server/worker/worker_process_framework.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "common/utf.h"

namespace rsca::worker {
namespace {

template <typename Interface>
class Counted : public Interface {
 public:
  virtual ~Counted() = default;
  ULONG AddRef() final { return references_.fetch_add(1, std::memory_order_relaxed) + 1; }
  ULONG Release() final {
    const ULONG left = references_.fetch_sub(1, std::memory_order_acq_rel) - 1;
    if (left == 0) delete this;
    return left;
  }

 private:
  std::atomic<ULONG> references_{1};
};

class Settings final : public Counted<IWpfSettings> {
 public:
  explicit Settings(std::wstring pool) : pool_(std::move(pool)) {}

  HRESULT GetDwordProperty(WPF_SETTINGS_DWORD_ENUM /*settingId*/, DWORD* pdwValue) override {
    return pdwValue == nullptr ? E_POINTER : E_NOTIMPL;
  }

  HRESULT GetUlonglongProperty(WPF_SETTINGS_ULONGLONG_ENUM /*settingId*/,
                               ULONGLONG* pullValue) override {
    return pullValue == nullptr ? E_POINTER : E_NOTIMPL;
  }

  // As Windows' string functions do: a null or too small buffer gets the size that is needed and
  // ERROR_INSUFFICIENT_BUFFER.
  HRESULT GetStringProperty(WPF_SETTINGS_STRING_ENUM settingId, PWSTR pszValue,
                            DWORD* pcchValue) override {
    if (pcchValue == nullptr) return E_POINTER;
    if (settingId != APP_POOL_NAME) return E_NOTIMPL;
    const DWORD room = *pcchValue;
    *pcchValue = static_cast<DWORD>(pool_.size() + 1);
    if (pszValue == nullptr || room < *pcchValue) {
      return HRESULT_FROM_WIN32(ERROR_INSUFFICIENT_BUFFER);
    }
    std::copy_n(pool_.c_str(), pool_.size() + 1, pszValue);
    return S_OK;
  }

  HRESULT GetBoolProperty(WPF_SETTINGS_BOOL_ENUM /*settingId*/, BOOL* pfValue) override {
    return pfValue == nullptr ? E_POINTER : E_NOTIMPL;
  }

  HRESULT GetHandleProperty(WPF_SETTINGS_HANDLE_ENUM /*settingId*/, HANDLE* phValue) override {
    return phValue == nullptr ? E_POINTER : E_NOTIMPL;
  }

 private:
  const std::wstring pool_;
};

class Framework final : public Counted<IWorkerProcessFramework> {
 public:
  explicit Framework(std::wstring pool)
      : settings_(WpfPtr<IWpfSettings>::Adopt(new Settings(std::move(pool)))) {}

  HRESULT GetWpfInterface(WPF_INTERFACE_ID_ENUM enumWpfInterfaceID,
                          PVOID* ppWpfInterface) override {
    if (ppWpfInterface == nullptr) return E_POINTER;
    *ppWpfInterface = nullptr;
    if (enumWpfInterfaceID < WPF_CONFIG_API_ID ||
        enumWpfInterfaceID > WPF_APPLICATION_PRELOAD_INFO_UTIL_ID) {
      return E_INVALIDARG;
    }
    if (enumWpfInterfaceID != WPF_SETTINGS_ID) return E_NOTIMPL;
    *ppWpfInterface = WpfPtr<IWpfSettings>(settings_).Detach();
    return S_OK;
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
  const WpfPtr<IWpfSettings> settings_;
};

}  // namespace

WpfPtr<IWorkerProcessFramework> MakeWorkerProcessFramework(const std::string& pool) {
  return WpfPtr<IWorkerProcessFramework>::Adopt(
      new Framework(Utf8ToWide(pool).value_or(std::wstring())));
}

}  // namespace rsca::worker
