// Ends the process. Accepts, reports one result and then, on another thread, calls `exit(3)`
// (`exits`) or `_exit(4)` (`exits.quick`). `exits.now` (once) calls `_exit(5)` in the call.
#include <unistd.h>

#include <cstdlib>
#include <string_view>

#include "tests/plugins/support.h"

namespace rsca::plugins {
namespace {

class Exits final : public Plugin {
 public:
  Exits() : Plugin({Many(L"exits"), Many(L"exits.quick"), Once(L"exits.now")}) {}

  HRESULT RegisterCustomActionCallback(IN PCWSTR pszFunctionName, IN PCWSTR,
                                       IN ICustomAction2ResultCallback* pResultCallback) override {
    callback_ = Callback::Share(pResultCallback);
    Report(pResultCallback, "about to exit");
    const bool quick = std::wstring_view(pszFunctionName) == L"exits.quick";
    std::thread([quick] {
      if (quick) _exit(4);
      std::exit(3);
    }).detach();
    return S_OK;
  }

  HRESULT RunCustomAction(IN PCWSTR, IN PCWSTR, IN ICustomActionResultCallback*) override {
    _exit(5);
  }

 private:
  Callback callback_;
};

}  // namespace
}  // namespace rsca::plugins

EXPORT_PROTOCOL_MANAGER(rsca::plugins::Exits)
