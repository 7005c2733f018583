// Writes every call that it sees and every HRESULT that it gets to the file that its arguments
// name:
//
//   register
//   report 0x00000000
//   unregister
//   final 0x00000000
//   after 0x........      a report after the final one
//   shutdown 0
//
// `recorder` reports a final result when it is unregistered, `recorder.silent` does not.
#include <map>

#include "tests/plugins/support.h"

namespace rsca::plugins {
namespace {

struct Recorded {
  std::string path;
  Callback callback;
};

class Recorder final : public Plugin {
 public:
  Recorder() : Plugin({Many(L"recorder"), Many(L"recorder.silent")}) {}

  HRESULT RegisterCustomActionCallback(IN PCWSTR pszFunctionName, IN PCWSTR pszArguments,
                                       IN ICustomAction2ResultCallback* pResultCallback) override {
    Recorded recorded = {Narrow(pszArguments), Callback::Share(pResultCallback)};
    AppendLine(recorded.path, "register");
    AppendLine(recorded.path, "report " + Hex(Report(pResultCallback, "registered")));
    const std::lock_guard lock(mutex_);
    live_[Narrow(pszFunctionName)] = std::move(recorded);
    return S_OK;
  }

  HRESULT UnregisterCustomActionCallback(IN PCWSTR pszFunctionName) override {
    Recorded recorded;
    {
      const std::lock_guard lock(mutex_);
      const auto found = live_.find(Narrow(pszFunctionName));
      if (found == live_.end()) return HRESULT_FROM_WIN32(ERROR_NOT_FOUND);
      recorded = std::move(found->second);
      live_.erase(found);
    }
    AppendLine(recorded.path, "unregister");
    if (Narrow(pszFunctionName) == "recorder") {
      AppendLine(recorded.path, "final " + Hex(Report(recorded.callback.Get(), "bye", TRUE)));
      AppendLine(recorded.path, "after " + Hex(Report(recorded.callback.Get(), "late")));
    }
    return S_OK;
  }

  HRESULT Shutdown(IN BOOL fImmediate) override {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, recorded] : live_) {
      AppendLine(recorded.path, "shutdown " + std::to_string(fImmediate));
    }
    live_.clear();
    return S_OK;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, Recorded> live_;
};

}  // namespace
}  // namespace rsca::plugins

EXPORT_PROTOCOL_MANAGER(rsca::plugins::Recorder)
