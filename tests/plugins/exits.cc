// Ends the process. `exits` (many) accepts, reports one result and waits. `exits.now` (once) calls
// `exit(3)` on another thread, and with the arguments `quick` `_exit(4)` in the call.
#include <unistd.h>

#include <cstdlib>
#include <string_view>

#include "tests/plugins/support.h"

namespace rsca::plugins {
namespace {

class Exits final : public Plugin {
 public:
  Exits() : Plugin({Many(L"exits"), Once(L"exits.now")}) {}

  HRESULT RegisterCustomActionCallback(IN PCWSTR, IN PCWSTR,
                                       IN ICustomAction2ResultCallback* pResultCallback) override {
    callback_ = Callback::Share(pResultCallback);
    return Report(pResultCallback, "about to exit");
  }

  HRESULT RunCustomAction(IN PCWSTR, IN PCWSTR pszArguments,
                          IN ICustomActionResultCallback* pResultCallback) override {
    if (std::wstring_view(pszArguments) == L"quick") _exit(4);
    // Kept, so that the process's end is the only answer.
    run_callback_ = WpfPtr<ICustomActionResultCallback>::Share(pResultCallback);
    std::thread([] { std::exit(3); }).detach();
    return S_OK;
  }

 private:
  Callback callback_;
  WpfPtr<ICustomActionResultCallback> run_callback_;
};

}  // namespace
}  // namespace rsca::plugins

EXPORT_PROTOCOL_MANAGER(rsca::plugins::Exits)
