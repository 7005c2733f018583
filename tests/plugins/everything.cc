// A protocol manager that uses and offers every interface of the worker process framework, written
// as one for Windows is: the published header only. Its custom actions, which the configuration has
// to list (all answer once), tell what the framework answered and say how to behave from then on:
//
//   everything.settings                   every id of IWpfSettings, a line each
//   everything.application ID             IWpfApplicationInfoUtil
//   everything.preload PATH               IWpfApplicationPreloadUtil
//   everything.preload_failure PATH       reports one
//   everything.recycle REASON             IWpfActions
//   everything.fail REASON                IWpfActions, at once
//   everything.fail_next_ping REASON      IWpfActions
//   everything.health MODE                CheckHealth: healthy, unhealthy, error, throw, never,
//   later,
//                                         twice, contradict (reports health and fails), hang
//   everything.answer                     reports health to the callback that `later` kept
//   everything.idle MODE                  CheckIdle: idle, busy, error
//   everything.suspend MODE               SuspendProcess: ok, error
//   everything.preloading MODE            PreloadApplication: ok, error, report
//   everything.release                    lets go of every call that hangs
//   everything.calls                      what the framework has called, a line each
//   everything.channels                   its listener channels, a line each
//   everything.started ID                 ReportStarted; also of a channel that has ended
//   everything.stopped ID                 ReportStopped(E_ABORT); likewise
//   everything.messages ID COUNT          ReportMessageReceived so many times; likewise
//   everything.record FILE                a line there for each Shutdown
//
// Protocols of its listener channels: test.ok, test.late (not started before everything.started),
// test.refused, test.throws, test.hang (in the start call), test.stop_hangs, test.stop_fails,
// test.dies (stopped in the start call). It does not know others.
#include "tests/plugins/everything.h"

#include <atomic>
#include <condition_variable>
#include <fstream>
#include <list>
#include <mutex>
#include <sstream>
#include <stdexcept>
#include <string>

namespace {

std::string Narrow(IN PCWSTR psz) {
  std::string text;
  while (*psz != L'\0') text.push_back(static_cast<char>(*psz++));
  return text;
}

std::string Hex(IN HRESULT hr) {
  std::ostringstream text;
  text << "0x" << std::hex << static_cast<DWORD>(hr);
  return text.str();
}

// One listener channel that the framework asked for.
struct CHANNEL {
  DWORD dwId;
  std::wstring strProtocol;
  std::string strBlob;
  IWpfListenerChannelCallback* pCallback;
};

class CEverything : public IProtocolManager,
                    public IPmListenerChannelManager,
                    public IPmHealthAndIdleMonitor,
                    public IPmCustomActions,
                    public IPmApplicationPreload,
                    public IPmIdleTimeOutAction,
                    public IEverythingCounter {
 public:
  explicit CEverything(IN IWorkerProcessFramework* pFramework) : m_pFramework(pFramework) {
    m_pFramework->AddRef();
  }

  // IWpfReferencedObject
  ULONG AddRef() override { return ++m_cRef; }
  ULONG Release() override {
    const ULONG cRef = --m_cRef;
    if (cRef == 0) delete this;
    return cRef;
  }

  // IProtocolManager
  HRESULT GetPmInterface(IN PM_INTERFACE_ID_ENUM enumId, OUT PVOID* ppInterface) override {
    switch (enumId) {
      case PM_LISTENER_CHANNEL_MANAGER_ID:
        *ppInterface = static_cast<IPmListenerChannelManager*>(this);
        break;
      case PM_HEALTH_AND_IDLE_MONITOR_ID:
        *ppInterface = static_cast<IPmHealthAndIdleMonitor*>(this);
        break;
      case PM_CUSTOM_ACTIONS_ID:
        *ppInterface = static_cast<IPmCustomActions*>(this);
        break;
      case PM_APPLICATION_PRELOAD_ID:
        *ppInterface = static_cast<IPmApplicationPreload*>(this);
        break;
      case PM_IDLE_TIMEOUT_ID:
        *ppInterface = static_cast<IPmIdleTimeOutAction*>(this);
        break;
      default:
        *ppInterface = nullptr;
        return E_NOINTERFACE;
    }
    AddRef();
    return S_OK;
  }

  HRESULT GetCustomInterface(IN DWORD dwId, OUT PVOID* ppInterface) override {
    *ppInterface = nullptr;
    if (dwId != EVERYTHING_COUNTER_ID) return E_NOINTERFACE;
    *ppInterface = static_cast<IEverythingCounter*>(this);
    AddRef();
    return S_OK;
  }

  HRESULT Shutdown(IN BOOL fImmediate) override {
    const std::lock_guard<std::mutex> lock(m_Lock);
    m_fShutdown = true;
    m_Released.notify_all();
    for (CHANNEL& channel : m_Channels) channel.pCallback->Release();
    m_Channels.clear();
    if (m_pHealthCallback != nullptr) m_pHealthCallback->Release();
    m_pHealthCallback = nullptr;
    if (m_pFramework != nullptr) m_pFramework->Release();
    m_pFramework = nullptr;
    if (!m_strRecord.empty()) {
      std::ofstream(m_strRecord, std::ios::app) << "everything " << fImmediate << std::endl;
    }
    return S_OK;
  }

  // IEverythingCounter
  DWORD Increment() override { return ++m_dwCounter; }

  // IPmListenerChannelManager
  HRESULT StartListenerChannel(IN PCWSTR pszProtocolId,
                               IN IWpfListenerChannelCallback* pCallback) override;
  HRESULT StopListenerChannel(IN PCWSTR pszProtocolId, IN IWpfListenerChannelCallback* pCallback,
                              IN BOOL fImmediate) override;

  // IPmHealthAndIdleMonitor
  HRESULT CheckIdle(OUT BOOL* pfIdle) override;
  HRESULT CheckHealth(IN IHealthStatusCallback* pCallback) override;

  // IPmApplicationPreload
  HRESULT PreloadApplication(IN DWORD dwSiteId, IN PCWSTR pszAppConfigPath,
                             IN BOOL fRecycledWorkerProcess) override;

  // IPmIdleTimeOutAction
  HRESULT SuspendProcess() override {
    Called("SuspendProcess");
    return Mode(&m_strSuspend) == "error" ? E_FAIL : S_OK;
  }

  // IPmCustomActions
  HRESULT RunCustomAction(IN PCWSTR pszFunctionName, IN PCWSTR pszArguments,
                          IN ICustomActionResultCallback* pResultCallback) override;

 private:
  // Dies through Release.
  virtual ~CEverything() = default;

  void Called(IN const std::string& call) {
    const std::lock_guard<std::mutex> lock(m_Lock);
    m_strCalls += call + "\n";
  }

  std::string Mode(IN std::string* pstrMode) {
    const std::lock_guard<std::mutex> lock(m_Lock);
    return *pstrMode;
  }

  std::string SetMode(OUT std::string* pstrMode, IN const std::string& mode) {
    const std::lock_guard<std::mutex> lock(m_Lock);
    *pstrMode = mode;
    return "ok";
  }

  // Until everything.release, or Shutdown: then it fails.
  HRESULT Hang() {
    std::unique_lock<std::mutex> lock(m_Lock);
    const DWORD dwReleases = m_dwReleases;
    m_Released.wait(lock, [&] { return m_fShutdown || m_dwReleases != dwReleases; });
    return m_fShutdown ? E_ABORT : S_OK;
  }

  template <typename Interface>
  Interface* Ask(IN WPF_INTERFACE_ID_ENUM enumId) {
    PVOID pInterface = nullptr;
    const HRESULT hr = m_pFramework->GetWpfInterface(enumId, &pInterface);
    if (FAILED(hr)) throw std::runtime_error("GetWpfInterface failed with " + Hex(hr));
    return static_cast<Interface*>(pInterface);
  }

  std::string Act(IN const std::string& function, IN PCWSTR pszArguments);
  std::string ActOnChannel(IN const std::string& function, IN const std::string& arguments);
  std::string Settings();
  std::string Application(IN PCWSTR pszAppId);
  std::string Preload(IN PCWSTR pszConfigPath);
  std::string PreloadFailure(IN PCWSTR pszConfigPath);
  std::string Answer();
  std::string LetGo();
  std::string Channels();

  std::atomic<ULONG> m_cRef{1};
  std::atomic<DWORD> m_dwCounter{0};
  IWorkerProcessFramework* m_pFramework;
  std::mutex m_Lock;
  std::condition_variable m_Released;
  DWORD m_dwReleases = 0;
  bool m_fShutdown = false;
  std::string m_strHealth = "healthy";
  std::string m_strIdle = "idle";
  std::string m_strSuspend = "ok";
  std::string m_strPreloading = "ok";
  std::string m_strRecord;
  std::string m_strCalls;
  IHealthStatusCallback* m_pHealthCallback = nullptr;
  std::list<CHANNEL> m_Channels;  // also those that have ended
};

HRESULT CEverything::StartListenerChannel(IN PCWSTR pszProtocolId,
                                          IN IWpfListenerChannelCallback* pCallback) {
  const std::wstring protocol = pszProtocolId;
  Called("StartListenerChannel " + Narrow(pszProtocolId));
  if (protocol.rfind(L"test.", 0) != 0) return HRESULT_FROM_WIN32(ERROR_NOT_SUPPORTED);
  if (protocol == L"test.refused") {
    pCallback->ReportStarted();
    return E_ACCESSDENIED;
  }
  if (protocol == L"test.throws") throw std::runtime_error("in StartListenerChannel");
  if (protocol == L"test.hang" && FAILED(Hang())) return E_ABORT;

  CHANNEL channel = {0, protocol, "", pCallback};
  HRESULT hr = pCallback->GetId(&channel.dwId);
  if (FAILED(hr)) return hr;
  DWORD cbBlob = 0;
  hr = pCallback->GetBlob(nullptr, &cbBlob);
  if (hr == HRESULT_FROM_WIN32(ERROR_INSUFFICIENT_BUFFER)) {
    channel.strBlob.resize(cbBlob);
    hr = pCallback->GetBlob(reinterpret_cast<PBYTE>(channel.strBlob.data()), &cbBlob);
  }
  if (FAILED(hr)) return hr;
  pCallback->AddRef();
  {
    const std::lock_guard<std::mutex> lock(m_Lock);
    m_Channels.push_back(channel);
  }
  if (protocol != L"test.late") pCallback->ReportStarted();
  if (protocol == L"test.dies") pCallback->ReportStopped(HRESULT_FROM_WIN32(ERROR_BROKEN_PIPE));
  return S_OK;
}

HRESULT CEverything::StopListenerChannel(IN PCWSTR pszProtocolId,
                                         IN IWpfListenerChannelCallback* pCallback,
                                         IN BOOL fImmediate) {
  const std::wstring protocol = pszProtocolId;
  DWORD dwId = 0;
  pCallback->GetId(&dwId);
  Called("StopListenerChannel " + std::to_string(dwId) + " " + Narrow(pszProtocolId) +
         (fImmediate ? " immediate" : ""));
  if (protocol == L"test.stop_hangs" && !fImmediate && FAILED(Hang())) return E_ABORT;
  if (protocol == L"test.stop_fails") return E_UNEXPECTED;
  if (protocol != L"test.hang") pCallback->ReportStopped(S_OK);
  return S_OK;
}

HRESULT CEverything::CheckIdle(OUT BOOL* pfIdle) {
  const std::string mode = Mode(&m_strIdle);
  *pfIdle = mode == "idle" ? TRUE : FALSE;
  return mode == "error" ? E_FAIL : S_OK;
}

HRESULT CEverything::CheckHealth(IN IHealthStatusCallback* pCallback) {
  const std::string mode = Mode(&m_strHealth);
  Called("CheckHealth");
  if (mode == "error") return HRESULT_FROM_WIN32(ERROR_GEN_FAILURE);
  if (mode == "throw") throw std::runtime_error("in CheckHealth");
  if (mode == "never") return S_OK;
  if (mode == "hang" && FAILED(Hang())) return E_ABORT;
  if (mode == "later") {
    const std::lock_guard<std::mutex> lock(m_Lock);
    if (m_pHealthCallback != nullptr) m_pHealthCallback->Release();
    m_pHealthCallback = pCallback;
    m_pHealthCallback->AddRef();
    return S_OK;
  }
  pCallback->ReportHealth(mode == "unhealthy" ? FALSE : TRUE);
  if (mode == "twice") Called("second " + Hex(pCallback->ReportHealth(FALSE)));
  return mode == "contradict" ? E_FAIL : S_OK;
}

HRESULT CEverything::PreloadApplication(IN DWORD dwSiteId, IN PCWSTR pszAppConfigPath,
                                        IN BOOL fRecycledWorkerProcess) {
  Called("PreloadApplication " + std::to_string(dwSiteId) + " " + Narrow(pszAppConfigPath) +
         (fRecycledWorkerProcess ? " recycled" : ""));
  const std::string mode = Mode(&m_strPreloading);
  if (mode == "report") PreloadFailure(pszAppConfigPath);
  return mode == "error" ? E_OUTOFMEMORY : S_OK;
}

HRESULT CEverything::RunCustomAction(IN PCWSTR pszFunctionName, IN PCWSTR pszArguments,
                                     IN ICustomActionResultCallback* pResultCallback) {
  std::string response = Act(Narrow(pszFunctionName), pszArguments);
  return pResultCallback->ReportResult(S_OK, reinterpret_cast<PBYTE>(response.data()),
                                       static_cast<DWORD>(response.size()));
}

std::string CEverything::Act(IN const std::string& function, IN PCWSTR pszArguments) {
  const std::string arguments = Narrow(pszArguments);
  if (function == "everything.settings") return Settings();
  if (function == "everything.application") return Application(pszArguments);
  if (function == "everything.preload") return Preload(pszArguments);
  if (function == "everything.preload_failure") return PreloadFailure(pszArguments);
  if (function == "everything.health") return SetMode(&m_strHealth, arguments);
  if (function == "everything.idle") return SetMode(&m_strIdle, arguments);
  if (function == "everything.suspend") return SetMode(&m_strSuspend, arguments);
  if (function == "everything.preloading") return SetMode(&m_strPreloading, arguments);
  if (function == "everything.record") return SetMode(&m_strRecord, arguments);
  if (function == "everything.calls") return Mode(&m_strCalls);
  if (function == "everything.answer") return Answer();
  if (function == "everything.release") return LetGo();
  if (function == "everything.channels") return Channels();
  if (function == "everything.started" || function == "everything.stopped" ||
      function == "everything.messages") {
    return ActOnChannel(function, arguments);
  }
  IWpfActions* const pActions = Ask<IWpfActions>(WPF_ACTIONS_ID);
  const PCWSTR pszReason = *pszArguments == L'\0' ? nullptr : pszArguments;
  if (function == "everything.recycle") {
    pActions->RecycleWorkerProcess(pszReason);
  } else {
    pActions->FailWorkerProcess(pszReason, HRESULT_FROM_WIN32(ERROR_DISK_FULL),
                                function == "everything.fail_next_ping");
  }
  pActions->Release();
  return "asked";
}

std::string CEverything::ActOnChannel(IN const std::string& function,
                                      IN const std::string& arguments) {
  std::istringstream input(arguments);
  DWORD dwId = 0;
  DWORD cMessages = 1;
  input >> dwId >> cMessages;
  IWpfListenerChannelCallback* pCallback = nullptr;
  {
    const std::lock_guard<std::mutex> lock(m_Lock);
    for (const CHANNEL& channel : m_Channels) {
      if (channel.dwId == dwId) pCallback = channel.pCallback;
    }
    if (pCallback == nullptr) return "unknown";
    pCallback->AddRef();
  }
  HRESULT hr = S_OK;
  if (function == "everything.started") hr = pCallback->ReportStarted();
  if (function == "everything.stopped") hr = pCallback->ReportStopped(E_ABORT);
  if (function == "everything.messages") {
    for (DWORD i = 0; i < cMessages && SUCCEEDED(hr); ++i) hr = pCallback->ReportMessageReceived();
  }
  pCallback->Release();
  return Hex(hr);
}

std::string CEverything::Settings() {
  std::ostringstream text;
  IWpfSettings* const pSettings = Ask<IWpfSettings>(WPF_SETTINGS_ID);
  for (int i = CLR_VERSION; i <= CLR_VERSION_PATH; ++i) {
    WCHAR szValue[1024] = L"";
    DWORD cchValue = 1024;
    const HRESULT hr =
        pSettings->GetStringProperty(static_cast<WPF_SETTINGS_STRING_ENUM>(i), szValue, &cchValue);
    text << "string " << i << " " << (SUCCEEDED(hr) ? Narrow(szValue) : Hex(hr)) << "\n";
  }
  for (int i = PERIODIC_RESTART_REQUESTS; i <= IDLE_TIMEOUT_ACTION; ++i) {
    DWORD dwValue = 0;
    const HRESULT hr =
        pSettings->GetDwordProperty(static_cast<WPF_SETTINGS_DWORD_ENUM>(i), &dwValue);
    text << "dword " << i << " " << (SUCCEEDED(hr) ? std::to_string(dwValue) : Hex(hr)) << "\n";
  }
  for (int i = PERIODIC_RESTART_VIRTUAL_MEMORY; i <= PERIODIC_RESTART_PRIVATE_MEMORY; ++i) {
    ULONGLONG ullValue = 0;
    const HRESULT hr =
        pSettings->GetUlonglongProperty(static_cast<WPF_SETTINGS_ULONGLONG_ENUM>(i), &ullValue);
    text << "ulonglong " << i << " " << (SUCCEEDED(hr) ? std::to_string(ullValue) : Hex(hr))
         << "\n";
  }
  for (int i = ENABLED_CENTRAL_BINARY_LOGGING; i <= ENABLED_HOSTABLE_WEB_CORE; ++i) {
    BOOL fValue = TRUE;
    text << "bool " << i << " "
         << Hex(pSettings->GetBoolProperty(static_cast<WPF_SETTINGS_BOOL_ENUM>(i), &fValue))
         << "\n";
  }
  HANDLE hToken = this;
  text << "handle 0 " << Hex(pSettings->GetHandleProperty(ANONYMOUS_USER_TOKEN, &hToken)) << "\n";
  pSettings->Release();
  return text.str();
}

std::string CEverything::Application(IN PCWSTR pszAppId) {
  IWpfApplicationInfoUtil* const pUtil = Ask<IWpfApplicationInfoUtil>(WPF_APPLICATION_INFO_UTIL_ID);
  DWORD cchPath = 0;
  DWORD dwSiteId = 0;
  std::wstring path;
  HRESULT hr = pUtil->GetApplicationPropertiesFromAppId(pszAppId, nullptr, &cchPath, &dwSiteId);
  if (hr == HRESULT_FROM_WIN32(ERROR_INSUFFICIENT_BUFFER)) {
    path.resize(cchPath);
    hr = pUtil->GetApplicationPropertiesFromAppId(pszAppId, path.data(), &cchPath, &dwSiteId);
  }
  pUtil->Release();
  if (FAILED(hr)) return Hex(hr);
  return "site " + std::to_string(dwSiteId) + " path " + Narrow(path.c_str());
}

std::string CEverything::Preload(IN PCWSTR pszConfigPath) {
  IWpfApplicationPreloadUtil* const pUtil =
      Ask<IWpfApplicationPreloadUtil>(WPF_APPLICATION_PRELOAD_INFO_UTIL_ID);
  BOOL fEnabled = FALSE;
  BSTR bstrType = nullptr;
  SAFEARRAY* psaValues = nullptr;
  const HRESULT hr =
      pUtil->GetApplicationPreloadInfo(pszConfigPath, &fEnabled, &bstrType, &psaValues);
  pUtil->Release();
  if (FAILED(hr)) return Hex(hr);
  std::string text = fEnabled ? "enabled" : "disabled";
  text += " type " + Narrow(bstrType) + " values";
  LONG lLower = 0;
  LONG lUpper = -1;
  SafeArrayGetLBound(psaValues, 1, &lLower);
  SafeArrayGetUBound(psaValues, 1, &lUpper);
  for (LONG l = lLower; l <= lUpper; ++l) {
    BSTR bstrValue = nullptr;
    SafeArrayGetElement(psaValues, &l, &bstrValue);
    text += " " + Narrow(bstrValue);
    SysFreeString(bstrValue);
  }
  SafeArrayDestroy(psaValues);
  SysFreeString(bstrType);
  return text;
}

std::string CEverything::PreloadFailure(IN PCWSTR pszConfigPath) {
  IWpfApplicationPreloadUtil* const pUtil =
      Ask<IWpfApplicationPreloadUtil>(WPF_APPLICATION_PRELOAD_INFO_UTIL_ID);
  const HRESULT hr =
      pUtil->ReportApplicationPreloadFailure(pszConfigPath, E_ABORT, L"the cache is cold");
  pUtil->Release();
  return Hex(hr);
}

std::string CEverything::Answer() {
  IHealthStatusCallback* pCallback = nullptr;
  {
    const std::lock_guard<std::mutex> lock(m_Lock);
    std::swap(pCallback, m_pHealthCallback);
  }
  if (pCallback == nullptr) return "nothing to answer";
  const HRESULT hr = pCallback->ReportHealth(TRUE);
  pCallback->Release();
  return Hex(hr);
}

std::string CEverything::LetGo() {
  const std::lock_guard<std::mutex> lock(m_Lock);
  ++m_dwReleases;
  m_Released.notify_all();
  return "released";
}

std::string CEverything::Channels() {
  const std::lock_guard<std::mutex> lock(m_Lock);
  std::string text;
  for (const CHANNEL& channel : m_Channels) {
    text += std::to_string(channel.dwId) + " " + Narrow(channel.strProtocol.c_str()) + " " +
            channel.strBlob + "\n";
  }
  return text;
}

}  // namespace

extern "C" __attribute__((visibility("default"))) HRESULT GetProtocolManager(
    IN IWorkerProcessFramework* pFramework, OUT IProtocolManager** ppProtocolManager) {
  *ppProtocolManager = new CEverything(pFramework);
  return S_OK;
}
