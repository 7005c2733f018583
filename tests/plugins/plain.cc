// A plug-in that knows the published header only: no catalogue, no registrations by number. The
// configuration lists its functions:
//
//   plain.ticks  many: reports what `plain.tick` is given
//   plain.news   many: the same, under a name of its own
//   plain.tick   once: reports its arguments to every registration, the text `end` as a final
//   result plain.calls  once: the calls that the plug-in has seen, one a line
#include <map>

#include "tests/plugins/support.h"

namespace rsca::plugins {
namespace {

class Plain final : public Plugin {
 public:
  HRESULT RegisterCustomActionCallback(IN PCWSTR pszFunctionName, IN PCWSTR pszArguments,
                                       IN ICustomAction2ResultCallback* pResultCallback) override {
    const std::lock_guard lock(mutex_);
    calls_ += "register " + Narrow(pszFunctionName) + " " + Narrow(pszArguments) + "\n";
    live_[Narrow(pszFunctionName)] = Callback::Share(pResultCallback);
    return S_OK;
  }

  HRESULT UnregisterCustomActionCallback(IN PCWSTR pszFunctionName) override {
    const std::lock_guard lock(mutex_);
    calls_ += "unregister " + Narrow(pszFunctionName) + "\n";
    return live_.erase(Narrow(pszFunctionName)) > 0 ? S_OK : HRESULT_FROM_WIN32(ERROR_NOT_FOUND);
  }

  HRESULT RunCustomAction(IN PCWSTR pszFunctionName, IN PCWSTR pszArguments,
                          IN ICustomActionResultCallback* pResultCallback) override {
    if (Narrow(pszFunctionName) == "plain.calls") {
      const std::lock_guard lock(mutex_);
      return Report(pResultCallback, calls_);
    }
    const std::string text = Narrow(pszArguments);
    std::map<std::string, Callback> live;
    {
      const std::lock_guard lock(mutex_);
      live = live_;
      if (text == "end") live_.clear();
    }
    std::string answers;
    for (const auto& [name, callback] : live) {
      answers += Hex(Report(callback.Get(), text, text == "end" ? TRUE : FALSE)) + "\n";
    }
    return Report(pResultCallback, answers);
  }

  HRESULT Shutdown(IN BOOL fImmediate) override {
    {
      const std::lock_guard lock(mutex_);
      live_.clear();
    }
    return Plugin::Shutdown(fImmediate);
  }

 private:
  std::mutex mutex_;
  std::string calls_;
  std::map<std::string, Callback> live_;
};

}  // namespace
}  // namespace rsca::plugins

EXPORT_PROTOCOL_MANAGER(rsca::plugins::Plain)
