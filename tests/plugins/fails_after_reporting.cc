// Reports a result and a final one, and then refuses with the HRESULT that its arguments name, such
// as `80070005` (E_FAIL without arguments). `fails_after_reporting.run` (once) answers and then
// fails likewise; `fails_after_reporting.run_only` fails without an answer.
#include <cwchar>
#include <string_view>

#include "tests/plugins/support.h"

namespace rsca::plugins {
namespace {

HRESULT Refusal(IN PCWSTR pszArguments) {
  const DWORD value = static_cast<DWORD>(std::wcstoul(pszArguments, nullptr, 16));
  return value == 0 ? E_FAIL : static_cast<HRESULT>(value);
}

class FailsAfterReporting final : public Plugin {
 public:
  FailsAfterReporting()
      : Plugin({Many(L"fails_after_reporting"), Once(L"fails_after_reporting.run"),
                Once(L"fails_after_reporting.run_only")}) {}

  HRESULT RegisterCustomActionCallback(IN PCWSTR, IN PCWSTR pszArguments,
                                       IN ICustomAction2ResultCallback* pResultCallback) override {
    Report(pResultCallback, "to be dropped");
    Report(pResultCallback, "to be dropped as well", TRUE);
    return Refusal(pszArguments);
  }

  HRESULT RunCustomAction(IN PCWSTR pszFunctionName, IN PCWSTR pszArguments,
                          IN ICustomActionResultCallback* pResultCallback) override {
    if (std::wstring_view(pszFunctionName) == L"fails_after_reporting.run") {
      Report(pResultCallback, "to be dropped");
    }
    return Refusal(pszArguments);
  }
};

}  // namespace
}  // namespace rsca::plugins

EXPORT_PROTOCOL_MANAGER(rsca::plugins::FailsAfterReporting)
