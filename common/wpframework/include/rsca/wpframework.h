// The worker process framework: the interfaces between a worker process and the protocol managers
// (plug-ins) that it loads, with the class names, method names, parameters, values and method order
// that IIS documents for its header `Wpframework.h`. The order of methods is the binary interface;
// tests/unit/common/wpframework/layout_test.cc asserts it.
//
// Rules of ownership: a pointer handed out belongs to the receiver (one reference); a pointer
// passed in is borrowed for the call, and whoever keeps it calls AddRef. Objects die through
// Release; no interface has a virtual destructor. Text is wide, ended by a zero.
//
// Rules of threads and of results: common/wpframework/README.md, which is installed as
// share/doc/rsca/wpframework/README.md.
#ifndef RSCA_WPFRAMEWORK_H_
#define RSCA_WPFRAMEWORK_H_

#include <rsca/wpf_automation.h>
#include <rsca/wpf_types.h>

// Interfaces without virtual destructors are the framework's rule, not an oversight.
#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"
#endif

// --- Base ----------------------------------------------------------------------------------------

// Reference counting. AddRef and Release may be called on any thread; each returns the new count.
class IWpfReferencedObject {
 public:
  virtual ULONG AddRef() = 0;
  virtual ULONG Release() = 0;
};

// --- Interface ids -------------------------------------------------------------------------------

// What IProtocolManager::GetPmInterface may be asked for.
enum PM_INTERFACE_ID_ENUM {
  PM_LISTENER_CHANNEL_MANAGER_ID = 1,
  PM_HEALTH_AND_IDLE_MONITOR_ID = 2,
  PM_CUSTOM_ACTIONS_ID = 3,
  PM_APPLICATION_PRELOAD_ID = 4,
  PM_IDLE_TIMEOUT_ID = 5,
  // Windows' header names it in comments without giving it a value; 6 is rsca's choice.
  PM_CUSTOM_ACTIONS_2_ID = 6,
};

// What IWorkerProcessFramework::GetWpfInterface may be asked for.
enum WPF_INTERFACE_ID_ENUM {
  WPF_CONFIG_API_ID = 1,
  WPF_APPLICATION_INFO_UTIL_ID = 2,
  WPF_SETTINGS_ID = 3,
  WPF_ACTIONS_ID = 4,
  WPF_EXPOSE_PROTOCOL_MANAGER_CUSTOM_INTERFACE_ID = 5,
  WPF_APPLICATION_PRELOAD_INFO_UTIL_ID = 6,
};

// IWpfSettings::GetStringProperty.
enum WPF_SETTINGS_STRING_ENUM {
  CLR_VERSION = 0,
  APP_POOL_NAME = 1,
  APP_HOST_FILE_NAME = 2,
  ROOT_WEB_CONFIG_FILE_NAME = 3,
  CLR_CONFIG_FILE_NAME = 4,
  CLR_VERSION_PATH = 5,
};

// IWpfSettings::GetDwordProperty.
enum WPF_SETTINGS_DWORD_ENUM {
  PERIODIC_RESTART_REQUESTS = 1,
  PERIODIC_RESTART_TIME = 2,
  IDLE_TIMEOUT = 3,
  MANAGED_PIPELINE_MODE = 4,
  THREAD_AFFINITY_POLICY = 5,
  IDLE_TIMEOUT_ACTION = 6,
};

// IWpfSettings::GetUlonglongProperty.
enum WPF_SETTINGS_ULONGLONG_ENUM {
  PERIODIC_RESTART_VIRTUAL_MEMORY = 0,
  PERIODIC_RESTART_PRIVATE_MEMORY = 1,
};

// IWpfSettings::GetBoolProperty.
enum WPF_SETTINGS_BOOL_ENUM {
  ENABLED_CENTRAL_BINARY_LOGGING = 0,
  ENABLED_HOSTABLE_WEB_CORE = 1,
};

// IWpfSettings::GetHandleProperty.
enum WPF_SETTINGS_HANDLE_ENUM {
  ANONYMOUS_USER_TOKEN = 0,
};

// --- What the protocol manager calls back
// -----------------------------------------------------------

// Takes the one response of IPmCustomActions::RunCustomAction.
class ICustomActionResultCallback : public IWpfReferencedObject {
 public:
  virtual HRESULT ReportResult(IN HRESULT hrStatus, IN PBYTE pbResponse, IN DWORD cbResponse) = 0;
};

// Takes the results of one registration. Any thread may call it, several at once, inside the
// register call itself or long after it; the bytes are copied before it returns. Waits while
// readers cannot keep up, then fails with HRESULT_FROM_WIN32(ERROR_TIMEOUT). While the server
// cannot take results it fails at once, with the server's reason. What fails was not taken and may
// be reported again; after a final result or an unregister that completed it always fails.
class ICustomAction2ResultCallback : public IWpfReferencedObject {
 public:
  virtual HRESULT ReportResult(IN HRESULT hrStatus, IN BOOL fFinalResponse, IN PBYTE pbResponse,
                               IN DWORD cbResponse) = 0;
};

// Takes the answer to IPmHealthAndIdleMonitor::CheckHealth: inside the call or later, on any
// thread. The first answer counts; others fail with HRESULT_FROM_WIN32(ERROR_INVALID_STATE).
class IHealthStatusCallback : public IWpfReferencedObject {
 public:
  virtual HRESULT ReportHealth(IN BOOL fHealthy) = 0;
};

// One listener channel, as the protocol manager sees it. Any thread may report. What is reported
// twice, or after ReportStopped, fails with HRESULT_FROM_WIN32(ERROR_INVALID_STATE).
class IWpfListenerChannelCallback : public IWpfReferencedObject {
 public:
  virtual HRESULT ReportStarted() = 0;
  virtual HRESULT ReportStopped(IN HRESULT hrStatus) = 0;
  // One message. Cheap: the framework counts, and passes the count on a few times a second.
  virtual HRESULT ReportMessageReceived() = 0;
  // Both work at any time, also after the end.
  virtual HRESULT GetId(OUT DWORD* pdwListenerChannelId) = 0;
  // `*pcbBlob`: room on the way in, size on the way out. With a null or too small buffer it fails
  // with HRESULT_FROM_WIN32(ERROR_INSUFFICIENT_BUFFER).
  virtual HRESULT GetBlob(OUT PBYTE pbBlob, IN OUT DWORD* pcbBlob) = 0;
};

// --- What the framework calls on a protocol manager
// ---------------------------------------------------

// Made by the plug-in's entry point. Its methods are called one at a time.
class IProtocolManager : public IWpfReferencedObject {
 public:
  // Fails with E_NOINTERFACE for an interface that the plug-in does not have.
  virtual HRESULT GetPmInterface(IN PM_INTERFACE_ID_ENUM enumPmInterfaceID,
                                 OUT PVOID* ppPmInterface) = 0;
  // Interfaces outside the framework; rsca's own ids are in <rsca/wpf_extensions.h>.
  virtual HRESULT GetCustomInterface(IN DWORD dwCustomInterfaceID,
                                     OUT PVOID* ppCustomInterface) = 0;
  // After it returns, the plug-in has no thread and no callback left. Immediate: within seconds.
  virtual HRESULT Shutdown(IN BOOL fImmediate) = 0;
};

// PM_LISTENER_CHANNEL_MANAGER_ID. A start call that fails with ERROR_NOT_SUPPORTED (as an HRESULT)
// or E_NOTIMPL passes the channel to the next protocol manager; another failure refuses it. The
// callback of the stop call is the one that the start call had.
class IPmListenerChannelManager : public IWpfReferencedObject {
 public:
  virtual HRESULT StartListenerChannel(
      IN PCWSTR pszProtocolId, IN IWpfListenerChannelCallback* pListenerChannelCallback) = 0;
  virtual HRESULT StopListenerChannel(IN PCWSTR pszProtocolId,
                                      IN IWpfListenerChannelCallback* pListenerChannelCallback,
                                      IN BOOL fImmediate) = 0;
};

// PM_HEALTH_AND_IDLE_MONITOR_ID. A failing CheckHealth is the answer *not healthy*, a failing
// CheckIdle the answer *not idle*; E_NOTIMPL says that the plug-in has no opinion.
class IPmHealthAndIdleMonitor : public IWpfReferencedObject {
 public:
  virtual HRESULT CheckIdle(OUT BOOL* pfIdle) = 0;
  virtual HRESULT CheckHealth(IN IHealthStatusCallback* pHealthStatusCallback) = 0;
};

// PM_CUSTOM_ACTIONS_ID: actions that answer once.
class IPmCustomActions : public IWpfReferencedObject {
 public:
  virtual HRESULT RunCustomAction(IN PCWSTR pszFunctionName, IN PCWSTR pszArguments,
                                  IN ICustomActionResultCallback* pResultCallback) = 0;
};

// PM_APPLICATION_PRELOAD_ID. The call takes as long as the preloading does. E_NOTIMPL: not this
// one's business.
class IPmApplicationPreload : public IWpfReferencedObject {
 public:
  virtual HRESULT PreloadApplication(IN DWORD dwSiteId, IN PCWSTR pszAppConfigPath,
                                     IN BOOL fRecycledWorkerProcess = FALSE) = 0;
};

// PM_IDLE_TIMEOUT_ID. After all have succeeded the process is stopped by a signal; after a failure
// it is terminated.
class IPmIdleTimeOutAction : public IWpfReferencedObject {
 public:
  virtual HRESULT SuspendProcess() = 0;
};

// PM_CUSTOM_ACTIONS_2_ID: actions that answer any number of times. A failing register call refuses
// the registration; results reported before the failure are dropped.
class IPmCustomActions2 : public IWpfReferencedObject {
 public:
  virtual HRESULT RegisterCustomActionCallback(
      IN PCWSTR pszFunctionName, IN PCWSTR pszArguments,
      IN ICustomAction2ResultCallback* pResultCallback) = 0;
  virtual HRESULT UnregisterCustomActionCallback(IN PCWSTR pszFunctionName) = 0;
};

// --- What the framework offers the protocol manager
// ---------------------------------------------------

// WPF_APPLICATION_INFO_UTIL_ID. Sizes count characters with the final zero; a null or too small
// buffer gets the size, and HRESULT_FROM_WIN32(ERROR_INSUFFICIENT_BUFFER). ERROR_NOT_FOUND: no such
// application in the pool.
class IWpfApplicationInfoUtil : public IWpfReferencedObject {
 public:
  virtual HRESULT GetApplicationPropertiesFromAppId(IN PCWSTR pszAppId, OUT PWSTR pszVirtualPath,
                                                    IN OUT DWORD* pcchVirtualPath,
                                                    OUT DWORD* pdwSiteId) = 0;
};

// WPF_SETTINGS_ID. String sizes as above. E_NOTIMPL: Linux has no such thing; E_INVALIDARG: no such
// id. The README beside these headers lists all ids with their units.
class IWpfSettings : public IWpfReferencedObject {
 public:
  virtual HRESULT GetDwordProperty(IN WPF_SETTINGS_DWORD_ENUM settingId, OUT DWORD* pdwValue) = 0;
  virtual HRESULT GetUlonglongProperty(IN WPF_SETTINGS_ULONGLONG_ENUM settingId,
                                       OUT ULONGLONG* pullValue) = 0;
  virtual HRESULT GetStringProperty(IN WPF_SETTINGS_STRING_ENUM settingId, OUT PWSTR pszValue,
                                    IN OUT DWORD* pcchValue) = 0;
  virtual HRESULT GetBoolProperty(IN WPF_SETTINGS_BOOL_ENUM settingId, OUT BOOL* pfValue) = 0;
  virtual HRESULT GetHandleProperty(IN WPF_SETTINGS_HANDLE_ENUM settingId, OUT HANDLE* phValue) = 0;
};

// WPF_ACTIONS_ID. Any thread, also from inside calls; neither waits for what it asks for. Null
// reasons are empty ones.
class IWpfActions : public IWpfReferencedObject {
 public:
  virtual void RecycleWorkerProcess(IN PCWSTR pszReason) = 0;
  virtual void FailWorkerProcess(IN PCWSTR pszReason, IN HRESULT hrError,
                                 IN BOOL fFailOnNextPing = FALSE) = 0;
};

// WPF_EXPOSE_PROTOCOL_MANAGER_CUSTOM_INTERFACE_ID. Finds the protocol manager that the pool has
// from this library and function, or loads it, and asks it for the interface, which the caller
// releases in its Shutdown at the latest. A library without `/` is looked for beside the caller's
// first. The caller is shut down before what it uses;
// HRESULT_FROM_WIN32(ERROR_CIRCULAR_DEPENDENCY): that one uses the caller already.
class IWpfExposeProtocolManagerCustomInterface : public IWpfReferencedObject {
 public:
  virtual HRESULT LoadProtocolManagerAndGetCustomInterface(
      IN PCWSTR pszProtocolManagerDll, IN PCWSTR pszProtocolManagerDllInitFunction,
      IN DWORD dwCustomInterfaceID, OUT PVOID* ppCustomInterface) = 0;
};

// WPF_APPLICATION_PRELOAD_INFO_UTIL_ID. The caller frees the type (SysFreeString) and the values,
// an array of BSTR (SafeArrayDestroy).
class IWpfApplicationPreloadUtil : public IWpfReferencedObject {
 public:
  virtual HRESULT GetApplicationPreloadInfo(IN PCWSTR pszConfigPath, OUT BOOL* pfEnabled,
                                            OUT BSTR* pbstrType,
                                            OUT SAFEARRAY** psaPreloadValues) = 0;
  virtual HRESULT ReportApplicationPreloadFailure(IN PCWSTR pszConfigPath, IN HRESULT hrFailureCode,
                                                  IN PCWSTR pszErrorString) = 0;
};

// What the entry point is given. Lives until IProtocolManager::Shutdown has returned.
class IWorkerProcessFramework : public IWpfReferencedObject {
 public:
  // Fails with E_NOTIMPL for WPF_CONFIG_API_ID, which is reserved.
  virtual HRESULT GetWpfInterface(IN WPF_INTERFACE_ID_ENUM enumWpfInterfaceID,
                                  OUT PVOID* ppWpfInterface) = 0;
  virtual HRESULT GetCustomInterface(IN DWORD dwCustomInterfaceID,
                                     OUT PVOID* ppCustomInterface) = 0;
  virtual HRESULT GetInterfaceVersion(OUT PDWORD pdwMajorVersion, OUT PDWORD pdwMinorVersion) = 0;
};

#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

#define DEFAULT_PROTOCOL_MANAGER_INIT_FUNCTION L"GetProtocolManager"

// The plug-in's exported entry point, `GetProtocolManager` unless configured otherwise. It
// succeeded when its HRESULT says so and the pointer is set.
extern "C" {
using PFN_GET_PROTOCOL_MANAGER = HRESULT (*)(IWorkerProcessFramework* pWorkerProcessFramework,
                                             IProtocolManager** ppProtocolManager);
}

#endif  // RSCA_WPFRAMEWORK_H_
