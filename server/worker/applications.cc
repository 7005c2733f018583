#include "server/worker/applications.h"

#include <optional>
#include <utility>

#include "common/utf.h"
#include "server/worker/counted.h"
#include "server/worker/wide_text.h"

namespace rsca::worker {
namespace {

constexpr HRESULT kNotUnicode = HRESULT_FROM_WIN32(ERROR_NO_UNICODE_TRANSLATION);
constexpr HRESULT kUnknown = HRESULT_FROM_WIN32(ERROR_NOT_FOUND);

class InfoUtil final : public Counted<IWpfApplicationInfoUtil> {
 public:
  explicit InfoUtil(std::shared_ptr<const Applications> applications)
      : applications_(std::move(applications)) {}

  HRESULT GetApplicationPropertiesFromAppId(PCWSTR pszAppId, PWSTR pszVirtualPath,
                                            DWORD* pcchVirtualPath, DWORD* pdwSiteId) override {
    if (pszAppId == nullptr || pcchVirtualPath == nullptr || pdwSiteId == nullptr) return E_POINTER;
    *pdwSiteId = 0;
    const std::optional<std::string> id = TextFrom(pszAppId);
    const Application* const application = id ? applications_->FindById(*id) : nullptr;
    if (application == nullptr) {
      *pcchVirtualPath = 0;
      return id ? kUnknown : kNotUnicode;
    }
    *pdwSiteId = application->info.site_id();
    return CopyOut(application->virtual_path, pszVirtualPath, pcchVirtualPath);
  }

 private:
  const std::shared_ptr<const Applications> applications_;
};

BSTR MakeString(const std::string& text) {
  const std::wstring wide = Utf8ToWide(text).value_or(std::wstring());
  return SysAllocStringLen(wide.c_str(), static_cast<UINT>(wide.size()));
}

// Null without memory.
SAFEARRAY* MakeValues(const v1::Application& info) {
  SAFEARRAY* const values =
      SafeArrayCreateVector(VT_BSTR, 0, static_cast<ULONG>(info.preload_values_size()));
  if (values == nullptr) return nullptr;
  auto* const strings = static_cast<BSTR*>(values->pvData);
  for (int i = 0; i < info.preload_values_size(); ++i) {
    strings[i] = MakeString(info.preload_values(i));
    if (strings[i] != nullptr) continue;
    SafeArrayDestroy(values);
    return nullptr;
  }
  return values;
}

class PreloadUtil final : public Counted<IWpfApplicationPreloadUtil> {
 public:
  PreloadUtil(std::shared_ptr<const Applications> applications,
              std::shared_ptr<PreloadFailureSink> sink, std::string manager)
      : applications_(std::move(applications)),
        sink_(std::move(sink)),
        manager_(std::move(manager)) {}

  HRESULT GetApplicationPreloadInfo(PCWSTR pszConfigPath, BOOL* pfEnabled, BSTR* pbstrType,
                                    SAFEARRAY** psaPreloadValues) override {
    if (pfEnabled == nullptr || pbstrType == nullptr || psaPreloadValues == nullptr) {
      return E_POINTER;
    }
    *pfEnabled = FALSE;
    *pbstrType = nullptr;
    *psaPreloadValues = nullptr;
    const Application* application = nullptr;
    const HRESULT found = Find(pszConfigPath, &application);
    if (FAILED(found)) return found;
    const BSTR type = MakeString(application->info.preload_type());
    SAFEARRAY* const values = MakeValues(application->info);
    if (type == nullptr || values == nullptr) {
      SysFreeString(type);
      SafeArrayDestroy(values);
      return E_OUTOFMEMORY;
    }
    *pfEnabled = application->info.preload() ? TRUE : FALSE;
    *pbstrType = type;
    *psaPreloadValues = values;
    return S_OK;
  }

  HRESULT ReportApplicationPreloadFailure(PCWSTR pszConfigPath, HRESULT hrFailureCode,
                                          PCWSTR pszErrorString) override {
    const Application* application = nullptr;
    const HRESULT found = Find(pszConfigPath, &application);
    if (FAILED(found)) return found;
    v1::WorkerFailure failure;
    failure.set_protocol_manager(manager_);
    failure.set_reason(ReasonFrom(pszErrorString));
    failure.set_hresult(hrFailureCode);
    return sink_->ReportPreloadFailure(*application, failure);
  }

 private:
  HRESULT Find(PCWSTR config_path, const Application** application) const {
    if (config_path == nullptr) return E_POINTER;
    const std::optional<std::string> path = TextFrom(config_path);
    if (!path.has_value()) return kNotUnicode;
    *application = applications_->FindByConfigPath(*path);
    return *application == nullptr ? kUnknown : S_OK;
  }

  const std::shared_ptr<const Applications> applications_;
  const std::shared_ptr<PreloadFailureSink> sink_;
  const std::string manager_;
};

}  // namespace

Applications::Applications(const v1::Bootstrap& bootstrap) {
  for (const v1::Application& info : bootstrap.applications()) {
    all_.push_back({info, Utf8ToWide(info.virtual_path()).value_or(std::wstring()),
                    Utf8ToWide(info.config_path()).value_or(std::wstring())});
  }
}

const Application* Applications::FindById(std::string_view id) const {
  for (const Application& application : all_) {
    if (application.info.id() == id) return &application;
  }
  return nullptr;
}

const Application* Applications::FindByConfigPath(std::string_view path) const {
  for (const Application& application : all_) {
    if (application.info.config_path() == path) return &application;
  }
  return nullptr;
}

WpfPtr<IWpfApplicationInfoUtil> MakeApplicationInfoUtil(
    std::shared_ptr<const Applications> applications) {
  return MakeCounted<IWpfApplicationInfoUtil, InfoUtil>(std::move(applications));
}

WpfPtr<IWpfApplicationPreloadUtil> MakeApplicationPreloadUtil(
    std::shared_ptr<const Applications> applications, std::shared_ptr<PreloadFailureSink> sink,
    std::string manager) {
  return MakeCounted<IWpfApplicationPreloadUtil, PreloadUtil>(std::move(applications),
                                                              std::move(sink), std::move(manager));
}

}  // namespace rsca::worker
