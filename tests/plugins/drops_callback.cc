// Accepts and drops the callback without a final result: after a result, on another thread
// (`drops_callback`), or without ever having kept it (`drops_callback.at_once`).
#include <string_view>

#include "tests/plugins/support.h"

namespace rsca::plugins {
namespace {

class DropsCallback final : public Plugin {
 public:
  DropsCallback() : Plugin({Many(L"drops_callback"), Many(L"drops_callback.at_once")}) {}

  HRESULT RegisterCustomActionCallback(IN PCWSTR pszFunctionName, IN PCWSTR,
                                       IN ICustomAction2ResultCallback* pResultCallback) override {
    if (std::wstring_view(pszFunctionName) == L"drops_callback.at_once") return S_OK;
    Start([callback = Callback::Share(pResultCallback)](const std::stop_token&) mutable {
      Report(callback.Get(), "one");
      callback = nullptr;
    });
    return S_OK;
  }
};

}  // namespace
}  // namespace rsca::plugins

EXPORT_PROTOCOL_MANAGER(rsca::plugins::DropsCallback)
