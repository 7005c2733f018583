// Never lets go of a callback: not after the final result, not after unregistering, not at
// Shutdown. `keeps_callback.use` (once) reports through all that it has kept and answers what each
// call returned, a line each.
#include "tests/plugins/support.h"

namespace rsca::plugins {
namespace {

class KeepsCallback final : public Plugin {
 public:
  KeepsCallback() : Plugin({Many(L"keeps_callback"), Once(L"keeps_callback.use")}) {}

  HRESULT RegisterCustomActionCallback(IN PCWSTR, IN PCWSTR pszArguments,
                                       IN ICustomAction2ResultCallback* pResultCallback) override {
    const std::lock_guard lock(mutex_);
    Kept().push_back(Callback::Share(pResultCallback));
    Report(pResultCallback, "one");
    if (Narrow(pszArguments) == "final") Report(pResultCallback, "end", TRUE);
    return S_OK;
  }

  HRESULT UnregisterCustomActionCallback(IN PCWSTR) override { return S_OK; }

  HRESULT RunCustomAction(IN PCWSTR, IN PCWSTR,
                          IN ICustomActionResultCallback* pResultCallback) override {
    const std::lock_guard lock(mutex_);
    std::string answers;
    for (const Callback& callback : Kept()) {
      answers += Hex(Report(callback.Get(), "late")) + "\n";
      answers += Hex(Report(callback.Get(), "late final", TRUE)) + "\n";
    }
    return Report(pResultCallback, answers);
  }

 private:
  // Outlives the plug-in and is never destroyed.
  static std::vector<Callback>& Kept() {
    static auto* const kept = new std::vector<Callback>;
    return *kept;
  }

  std::mutex mutex_;
};

}  // namespace
}  // namespace rsca::plugins

EXPORT_PROTOCOL_MANAGER(rsca::plugins::KeepsCallback)
