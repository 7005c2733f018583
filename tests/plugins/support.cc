#include "tests/plugins/support.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <condition_variable>
#include <cstdio>
#include <cwchar>

namespace rsca::plugins {
namespace {

RSCA_FUNCTION MakeFunction(IN PCWSTR pszName, IN PCWSTR pszArgumentsSchema,
                           IN RSCA_ANSWERS answers) {
  RSCA_FUNCTION function = {};
  function.pszName = pszName;
  function.pszSummary = L"A function for tests.";
  function.pszArgumentsSchema = pszArgumentsSchema;
  function.pszResponseContentType = L"text/plain";
  function.dwAnswers = answers;
  function.dwSemantics = 0;
  return function;
}

PBYTE Bytes(IN std::string_view text) {
  return reinterpret_cast<PBYTE>(const_cast<char*>(text.data()));
}

// Hands out one more reference to `object` as the interface `I`.
template <typename I>
HRESULT HandOut(IN I* object, OUT PVOID* ppInterface) {
  object->AddRef();
  *ppInterface = object;
  return S_OK;
}

}  // namespace

std::string Narrow(IN PCWSTR psz) {
  std::string text;
  for (; *psz != L'\0'; ++psz) text.push_back(static_cast<char>(*psz));
  return text;
}

std::string Hex(IN HRESULT hr) {
  std::array<char, 16> text;
  std::snprintf(text.data(), text.size(), "0x%08x", static_cast<DWORD>(hr));
  return text.data();
}

void AppendLine(IN const std::string& path, IN std::string line) {
  line.push_back('\n');
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0) return;
  if (write(file, line.data(), line.size()) < 0) std::perror(path.c_str());
  close(file);
}

HRESULT Report(IN ICustomAction2ResultCallback* pCallback, IN std::string_view response,
               IN BOOL fFinal, IN HRESULT hrStatus) {
  return pCallback->ReportResult(hrStatus, fFinal, Bytes(response),
                                 static_cast<DWORD>(response.size()));
}

HRESULT Report(IN ICustomActionResultCallback* pCallback, IN std::string_view response,
               IN HRESULT hrStatus) {
  return pCallback->ReportResult(hrStatus, Bytes(response), static_cast<DWORD>(response.size()));
}

RSCA_FUNCTION Many(IN PCWSTR pszName, IN PCWSTR pszArgumentsSchema) {
  return MakeFunction(pszName, pszArgumentsSchema, RSCA_ANSWERS_MANY);
}

RSCA_FUNCTION Once(IN PCWSTR pszName, IN PCWSTR pszArgumentsSchema) {
  return MakeFunction(pszName, pszArgumentsSchema, RSCA_ANSWERS_ONCE);
}

ULONG Plugin::Release() {
  const ULONG count = --references_;
  if (count == 0) delete this;
  return count;
}

HRESULT Plugin::GetPmInterface(IN PM_INTERFACE_ID_ENUM enumPmInterfaceID,
                               OUT PVOID* ppPmInterface) {
  switch (enumPmInterfaceID) {
    case PM_CUSTOM_ACTIONS_ID:
      return HandOut<IPmCustomActions>(this, ppPmInterface);
    case PM_CUSTOM_ACTIONS_2_ID:
      return HandOut<IPmCustomActions2>(this, ppPmInterface);
    default:
      *ppPmInterface = nullptr;
      return E_NOINTERFACE;
  }
}

HRESULT Plugin::GetCustomInterface(IN DWORD dwCustomInterfaceID, OUT PVOID* ppCustomInterface) {
  if (dwCustomInterfaceID == RSCA_CATALOGUE_ID && !functions_.empty()) {
    return HandOut<IRscaCatalogue>(this, ppCustomInterface);
  }
  *ppCustomInterface = nullptr;
  return E_NOINTERFACE;
}

HRESULT NumberedPlugin::GetCustomInterface(IN DWORD dwCustomInterfaceID,
                                           OUT PVOID* ppCustomInterface) {
  if (dwCustomInterfaceID == RSCA_REGISTRATIONS_ID) {
    return HandOut<IRscaRegistrations>(this, ppCustomInterface);
  }
  return Plugin::GetCustomInterface(dwCustomInterfaceID, ppCustomInterface);
}

HRESULT Plugin::Shutdown(IN BOOL) {
  std::vector<std::jthread> threads;
  {
    const std::lock_guard lock(mutex_);
    threads.swap(threads_);
  }
  // The destructors of the threads ask each to stop and wait for it.
  return S_OK;
}

HRESULT Plugin::RunCustomAction(IN PCWSTR, IN PCWSTR, IN ICustomActionResultCallback*) {
  return E_NOTIMPL;
}

HRESULT Plugin::RegisterCustomActionCallback(IN PCWSTR, IN PCWSTR,
                                             IN ICustomAction2ResultCallback*) {
  return E_NOTIMPL;
}

HRESULT Plugin::UnregisterCustomActionCallback(IN PCWSTR) { return E_NOTIMPL; }

HRESULT Plugin::GetFunctionCount(OUT DWORD* pcFunctions) {
  *pcFunctions = static_cast<DWORD>(functions_.size());
  return S_OK;
}

HRESULT Plugin::GetFunction(IN DWORD iFunction, OUT RSCA_FUNCTION* pFunction) {
  if (iFunction >= functions_.size()) return E_BOUNDS;
  *pFunction = functions_[iFunction];
  return S_OK;
}

void Plugin::Start(IN std::function<void(std::stop_token)> work) {
  const std::lock_guard lock(mutex_);
  threads_.emplace_back(std::move(work));
}

bool Pause(IN const std::stop_token& stop, IN std::chrono::milliseconds time) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, stop, time, [] { return false; });
  return !stop.stop_requested();
}

}  // namespace rsca::plugins
