// Answers once. `echo`: its arguments as UTF-8, inside the call. `echo.wide`: the bytes of its
// arguments as they arrived. `echo.later`: as `echo`, from another thread after the call.
// `echo.failing`: as `echo`, with the HRESULT E_FAIL.
#include <cstring>
#include <cwchar>
#include <string_view>

#include "common/utf.h"
#include "tests/plugins/support.h"

namespace rsca::plugins {
namespace {

class Echo final : public Plugin {
 public:
  Echo()
      : Plugin({Once(L"echo"), Once(L"echo.wide"), Once(L"echo.later"), Once(L"echo.failing")}) {}

  HRESULT RunCustomAction(IN PCWSTR pszFunctionName, IN PCWSTR pszArguments,
                          IN ICustomActionResultCallback* pResultCallback) override {
    const std::wstring_view function = pszFunctionName;
    const std::wstring_view arguments = pszArguments;
    const std::string text = WideToUtf8(arguments).value_or("not valid");
    if (function == L"echo.wide") {
      const auto* bytes = reinterpret_cast<const char*>(arguments.data());
      return Report(pResultCallback, {bytes, arguments.size() * sizeof(WCHAR)});
    }
    if (function == L"echo.later") {
      auto callback = WpfPtr<ICustomActionResultCallback>::Share(pResultCallback);
      Start([callback, text](const std::stop_token&) { Report(callback.Get(), text); });
      return S_OK;
    }
    return Report(pResultCallback, text, function == L"echo.failing" ? E_FAIL : S_OK);
  }
};

}  // namespace
}  // namespace rsca::plugins

EXPORT_PROTOCOL_MANAGER(rsca::plugins::Echo)
