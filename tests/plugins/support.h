// What the test plug-ins share: one object that is protocol manager, catalogue and both custom
// action interfaces at once, so that a plug-in is the few lines of what it does or does wrong.
// Standard C++ and the framework's headers only, in the manner of plug-ins written for Windows.
#ifndef RSCA_TESTS_PLUGINS_SUPPORT_H_
#define RSCA_TESTS_PLUGINS_SUPPORT_H_

#include <rsca/wpf_extensions.h>
#include <rsca/wpf_ptr.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

// The entry point of a plug-in whose protocol manager is `Class`.
#define EXPORT_PROTOCOL_MANAGER(Class)                                          \
  extern "C" __attribute__((visibility("default"))) HRESULT GetProtocolManager( \
      IN IWorkerProcessFramework*, OUT IProtocolManager** ppProtocolManager) {  \
    *ppProtocolManager = new Class;                                             \
    return S_OK;                                                                \
  }

namespace rsca::plugins {

using Callback = WpfPtr<ICustomAction2ResultCallback>;

// The text of a wide string that is ASCII.
std::string Narrow(IN PCWSTR psz);

// `0x80070057`.
std::string Hex(IN HRESULT hr);

// One line at the end of a file. Whole lines, also when several threads or processes write.
void AppendLine(IN const std::string& path, IN std::string line);

// ReportResult with text as the response.
HRESULT Report(IN ICustomAction2ResultCallback* pCallback, IN std::string_view response,
               IN BOOL fFinal = FALSE, IN HRESULT hrStatus = S_OK);
HRESULT Report(IN ICustomActionResultCallback* pCallback, IN std::string_view response,
               IN HRESULT hrStatus = S_OK);

// Functions for a catalogue. No schema: any text is accepted.
RSCA_FUNCTION Many(IN PCWSTR pszName, IN PCWSTR pszArgumentsSchema = nullptr);
RSCA_FUNCTION Once(IN PCWSTR pszName, IN PCWSTR pszArgumentsSchema = nullptr);

// A protocol manager that fails every action with E_NOTIMPL. Plug-ins override what they do.
class Plugin : public IProtocolManager,
               public IPmCustomActions,
               public IPmCustomActions2,
               public IRscaCatalogue {
 public:
  // Without functions it has no catalogue.
  explicit Plugin(IN std::vector<RSCA_FUNCTION> functions = {})
      : functions_(std::move(functions)) {}

  ULONG AddRef() override { return ++references_; }
  ULONG Release() override;

  HRESULT GetPmInterface(IN PM_INTERFACE_ID_ENUM enumPmInterfaceID,
                         OUT PVOID* ppPmInterface) override;
  HRESULT GetCustomInterface(IN DWORD dwCustomInterfaceID, OUT PVOID* ppCustomInterface) override;
  HRESULT Shutdown(IN BOOL fImmediate) override;

  HRESULT RunCustomAction(IN PCWSTR pszFunctionName, IN PCWSTR pszArguments,
                          IN ICustomActionResultCallback* pResultCallback) override;

  HRESULT RegisterCustomActionCallback(IN PCWSTR pszFunctionName, IN PCWSTR pszArguments,
                                       IN ICustomAction2ResultCallback* pResultCallback) override;
  HRESULT UnregisterCustomActionCallback(IN PCWSTR pszFunctionName) override;

  HRESULT GetFunctionCount(OUT DWORD* pcFunctions) override;
  HRESULT GetFunction(IN DWORD iFunction, OUT RSCA_FUNCTION* pFunction) override;

 protected:
  virtual ~Plugin() = default;

  // Runs `work` on a thread that Shutdown waits for. `work` ends soon once its token says stop.
  void Start(IN std::function<void(std::stop_token)> work);

 private:
  std::atomic<ULONG> references_{1};
  const std::vector<RSCA_FUNCTION> functions_;
  std::mutex mutex_;
  std::vector<std::jthread> threads_;
};

// One that tells registrations apart by their numbers, and so holds any number of one function.
class NumberedPlugin : public Plugin, public IRscaRegistrations {
 public:
  using Plugin::Plugin;
  using Plugin::RegisterCustomActionCallback;
  using Plugin::UnregisterCustomActionCallback;

  ULONG AddRef() override { return Plugin::AddRef(); }
  ULONG Release() override { return Plugin::Release(); }
  HRESULT GetCustomInterface(IN DWORD dwCustomInterfaceID, OUT PVOID* ppCustomInterface) override;
};

// Waits, less long if the token says stop meanwhile. False if it does.
bool Pause(IN const std::stop_token& stop, IN std::chrono::milliseconds time);

}  // namespace rsca::plugins

#endif  // RSCA_TESTS_PLUGINS_SUPPORT_H_
