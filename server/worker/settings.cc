#include "server/worker/settings.h"

#include <string>
#include <utility>

#include "common/utf.h"
#include "server/worker/counted.h"
#include "server/worker/wide_text.h"

namespace rsca::worker {
namespace {

// common/wpframework/README.md has the table that these methods follow.
class Settings final : public Counted<IWpfSettings> {
 public:
  Settings(std::wstring pool, std::wstring config_file, v1::PoolSettings settings)
      : pool_(std::move(pool)),
        config_file_(std::move(config_file)),
        settings_(std::move(settings)) {}

  HRESULT GetDwordProperty(WPF_SETTINGS_DWORD_ENUM settingId, DWORD* pdwValue) override {
    if (pdwValue == nullptr) return E_POINTER;
    *pdwValue = 0;
    switch (settingId) {
      case PERIODIC_RESTART_REQUESTS:
        *pdwValue = settings_.periodic_restart_requests();
        return S_OK;
      case PERIODIC_RESTART_TIME:
        *pdwValue = settings_.periodic_restart_minutes();
        return S_OK;
      case IDLE_TIMEOUT:
        *pdwValue = settings_.idle_timeout_minutes();
        return S_OK;
      case IDLE_TIMEOUT_ACTION:
        *pdwValue = settings_.idle_timeout_action();
        return S_OK;
      case MANAGED_PIPELINE_MODE:
      case THREAD_AFFINITY_POLICY:
        return E_NOTIMPL;
    }
    return E_INVALIDARG;
  }

  HRESULT GetUlonglongProperty(WPF_SETTINGS_ULONGLONG_ENUM settingId,
                               ULONGLONG* pullValue) override {
    if (pullValue == nullptr) return E_POINTER;
    *pullValue = 0;
    switch (settingId) {
      case PERIODIC_RESTART_VIRTUAL_MEMORY:
        *pullValue = settings_.periodic_restart_virtual_memory_kib();
        return S_OK;
      case PERIODIC_RESTART_PRIVATE_MEMORY:
        *pullValue = settings_.periodic_restart_private_memory_kib();
        return S_OK;
    }
    return E_INVALIDARG;
  }

  HRESULT GetStringProperty(WPF_SETTINGS_STRING_ENUM settingId, PWSTR pszValue,
                            DWORD* pcchValue) override {
    if (pcchValue == nullptr) return E_POINTER;
    switch (settingId) {
      case APP_POOL_NAME:
        return CopyOut(pool_, pszValue, pcchValue);
      case APP_HOST_FILE_NAME:
        if (!config_file_.empty()) return CopyOut(config_file_, pszValue, pcchValue);
        *pcchValue = 0;
        return HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND);
      case CLR_VERSION:
      case ROOT_WEB_CONFIG_FILE_NAME:
      case CLR_CONFIG_FILE_NAME:
      case CLR_VERSION_PATH:
        *pcchValue = 0;
        return E_NOTIMPL;
    }
    *pcchValue = 0;
    return E_INVALIDARG;
  }

  HRESULT GetBoolProperty(WPF_SETTINGS_BOOL_ENUM settingId, BOOL* pfValue) override {
    if (pfValue == nullptr) return E_POINTER;
    *pfValue = FALSE;
    switch (settingId) {
      case ENABLED_CENTRAL_BINARY_LOGGING:
      case ENABLED_HOSTABLE_WEB_CORE:
        return E_NOTIMPL;
    }
    return E_INVALIDARG;
  }

  HRESULT GetHandleProperty(WPF_SETTINGS_HANDLE_ENUM settingId, HANDLE* phValue) override {
    if (phValue == nullptr) return E_POINTER;
    *phValue = nullptr;
    return settingId == ANONYMOUS_USER_TOKEN ? E_NOTIMPL : E_INVALIDARG;
  }

 private:
  const std::wstring pool_;
  const std::wstring config_file_;
  const v1::PoolSettings settings_;
};

}  // namespace

WpfPtr<IWpfSettings> MakeSettings(const v1::Bootstrap& bootstrap) {
  // A path that is not UTF-8 cannot be said in wide text.
  return MakeCounted<IWpfSettings, Settings>(
      Utf8ToWide(bootstrap.pool()).value_or(std::wstring()),
      Utf8ToWide(bootstrap.settings().config_file()).value_or(std::wstring()),
      bootstrap.settings());
}

}  // namespace rsca::worker
