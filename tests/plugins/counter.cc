// A plug-in that does everything right and numbers its results, so that a test can count every one
// of them. It holds any number of registrations at once (IRscaRegistrations).
//
//   {"count": 1000, "size": 64, "interval_ms": 0, "inside_register": false, "status": 0}
//
// Result n has the response `n`, padded with dots to `size` bytes. After `count` of them (without
// `count`: when it is unregistered) comes a final result with the HRESULT `status` and the response
// `count=N`. `restartable_counter` does the same and says that it may be begun again.
//
// With the entry point `GetCounterOfPool` they are `POOL.counter` and `POOL.restartable_counter`,
// so that several pools can have them.
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "tests/plugins/support.h"

namespace rsca::plugins {
namespace {

constexpr WCHAR kSchema[] =
    LR"({
  "$schema": "http://json-schema.org/draft-07/schema#",
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "count": {"type": "integer", "minimum": 0, "description": "Results before the final one."},
    "size": {"type": "integer", "minimum": 0, "maximum": 16777216, "description": "Bytes each."},
    "interval_ms": {"type": "integer", "minimum": 0, "description": "Pause between results."},
    "inside_register": {"type": "boolean", "description": "Report inside the register call."},
    "status": {"type": "integer", "description": "HRESULT of the final result."}
  }
})";

struct Arguments {
  std::optional<ULONGLONG> count;
  std::size_t size = 0;
  std::chrono::milliseconds interval{0};
  bool inside_register = false;
  HRESULT status = S_OK;
};

Arguments Parse(IN PCWSTR pszArguments) {
  const std::string text = Narrow(pszArguments);
  const auto json = text.empty() ? nlohmann::json::object() : nlohmann::json::parse(text);
  Arguments arguments;
  if (json.contains("count")) arguments.count = json["count"].get<ULONGLONG>();
  arguments.size = json.value("size", std::size_t{0});
  arguments.interval = std::chrono::milliseconds(json.value("interval_ms", 0));
  arguments.inside_register = json.value("inside_register", false);
  arguments.status = json.value("status", S_OK);
  return arguments;
}

void Count(IN const std::stop_token& stop, IN const Arguments& arguments, IN Callback callback) {
  ULONGLONG number = 0;
  while (!stop.stop_requested() && (!arguments.count || number < *arguments.count)) {
    std::string response = std::to_string(number + 1);
    if (response.size() < arguments.size) response.resize(arguments.size, '.');
    if (FAILED(Report(callback.Get(), response))) return;  // nobody wants more
    ++number;
    if (arguments.interval.count() > 0) Pause(stop, arguments.interval);
  }
  Report(callback.Get(), "count=" + std::to_string(number), TRUE, arguments.status);
}

RSCA_FUNCTION Restartable(IN PCWSTR pszName) {
  RSCA_FUNCTION function = Many(pszName, kSchema);
  function.dwSemantics = RSCA_RESTARTABLE;
  return function;
}

std::wstring PoolOf(IN IWorkerProcessFramework* pFramework) {
  WpfPtr<IWpfSettings> settings;
  WCHAR szPool[256] = L"";
  DWORD cchPool = 256;
  if (SUCCEEDED(pFramework->GetWpfInterface(WPF_SETTINGS_ID, settings.PutVoid()))) {
    settings->GetStringProperty(APP_POOL_NAME, szPool, &cchPool);
  }
  return szPool;
}

class Counter final : public NumberedPlugin {
 public:
  explicit Counter(IN PCWSTR pszCounter = L"counter",
                   IN PCWSTR pszRestartable = L"restartable_counter")
      : NumberedPlugin({Many(pszCounter, kSchema), Restartable(pszRestartable)}) {}

  using NumberedPlugin::RegisterCustomActionCallback;
  using NumberedPlugin::UnregisterCustomActionCallback;

  HRESULT RegisterCustomActionCallback(IN ULONGLONG ullRegistrationId, IN PCWSTR,
                                       IN PCWSTR pszArguments,
                                       IN ICustomAction2ResultCallback* pResultCallback) override {
    const Arguments arguments = Parse(pszArguments);
    Callback callback = Callback::Share(pResultCallback);
    if (arguments.inside_register) {
      Count({}, arguments, std::move(callback));
      return S_OK;
    }
    const std::lock_guard lock(mutex_);
    live_[ullRegistrationId] = std::jthread(
        [arguments, callback = std::move(callback)](const std::stop_token& stop) mutable {
          Count(stop, arguments, std::move(callback));
        });
    return S_OK;
  }

  HRESULT UnregisterCustomActionCallback(IN ULONGLONG ullRegistrationId) override {
    std::jthread thread;
    {
      const std::lock_guard lock(mutex_);
      const auto found = live_.find(ullRegistrationId);
      if (found == live_.end()) return HRESULT_FROM_WIN32(ERROR_NOT_FOUND);
      thread = std::move(found->second);
      live_.erase(found);
    }
    return S_OK;  // the thread's destructor asks it to stop and waits
  }

  HRESULT Shutdown(IN BOOL) override {
    std::map<ULONGLONG, std::jthread> live;
    {
      const std::lock_guard lock(mutex_);
      live.swap(live_);
    }
    return S_OK;
  }

 private:
  std::mutex mutex_;
  std::map<ULONGLONG, std::jthread> live_;
};

}  // namespace
}  // namespace rsca::plugins

EXPORT_PROTOCOL_MANAGER(rsca::plugins::Counter)

extern "C" __attribute__((visibility("default"))) HRESULT GetCounterOfPool(
    IN IWorkerProcessFramework* pFramework, OUT IProtocolManager** ppProtocolManager) {
  // The catalogue's texts live as long as the library.
  static const std::wstring strPool = rsca::plugins::PoolOf(pFramework);
  static const std::wstring strCounter = strPool + L".counter";
  static const std::wstring strRestartable = strPool + L".restartable_counter";
  *ppProtocolManager = new rsca::plugins::Counter(strCounter.c_str(), strRestartable.c_str());
  return S_OK;
}
