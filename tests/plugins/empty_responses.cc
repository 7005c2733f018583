// Reports a null response of no bytes, an empty one that is not null, a null one that claims to
// have bytes, and a final empty one. `empty_responses.calls` (once) answers what ReportResult
// returned, a line each; `empty_responses.run` (once) answers with nothing.
#include <string_view>

#include "tests/plugins/support.h"

namespace rsca::plugins {
namespace {

class EmptyResponses final : public Plugin {
 public:
  EmptyResponses()
      : Plugin({Many(L"empty_responses"), Once(L"empty_responses.calls"),
                Once(L"empty_responses.run")}) {}

  HRESULT RegisterCustomActionCallback(IN PCWSTR, IN PCWSTR,
                                       IN ICustomAction2ResultCallback* pResultCallback) override {
    const std::lock_guard lock(mutex_);
    BYTE nothing = 0;
    calls_ = Hex(pResultCallback->ReportResult(S_OK, FALSE, nullptr, 0)) + "\n";
    calls_ += Hex(pResultCallback->ReportResult(S_OK, FALSE, &nothing, 0)) + "\n";
    calls_ += Hex(pResultCallback->ReportResult(S_OK, FALSE, nullptr, 5)) + "\n";
    calls_ += Hex(pResultCallback->ReportResult(S_FALSE, TRUE, nullptr, 0)) + "\n";
    return S_OK;
  }

  HRESULT RunCustomAction(IN PCWSTR pszFunctionName, IN PCWSTR,
                          IN ICustomActionResultCallback* pResultCallback) override {
    if (std::wstring_view(pszFunctionName) == L"empty_responses.run") {
      return pResultCallback->ReportResult(S_OK, nullptr, 0);
    }
    const std::lock_guard lock(mutex_);
    return Report(pResultCallback, calls_);
  }

 private:
  std::mutex mutex_;
  std::string calls_;
};

}  // namespace
}  // namespace rsca::plugins

EXPORT_PROTOCOL_MANAGER(rsca::plugins::EmptyResponses)
