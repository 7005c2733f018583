// Run once, gone wrong. `answers_badly.never`: keeps the callback and never answers.
// `answers_badly.drop`: drops it without an answer, on another thread. `answers_badly.twice`:
// answers `first`, then `second`.
#include <string_view>

#include "tests/plugins/support.h"

namespace rsca::plugins {
namespace {

class AnswersBadly final : public Plugin {
 public:
  AnswersBadly()
      : Plugin({Once(L"answers_badly.never"), Once(L"answers_badly.drop"),
                Once(L"answers_badly.twice")}) {}

  HRESULT RunCustomAction(IN PCWSTR pszFunctionName, IN PCWSTR,
                          IN ICustomActionResultCallback* pResultCallback) override {
    const std::wstring_view function = pszFunctionName;
    auto callback = WpfPtr<ICustomActionResultCallback>::Share(pResultCallback);
    if (function == L"answers_badly.never") {
      const std::lock_guard lock(mutex_);
      kept_.push_back(std::move(callback));
    } else if (function == L"answers_badly.drop") {
      Start(
          [callback = std::move(callback)](const std::stop_token&) mutable { callback = nullptr; });
    } else {
      Report(pResultCallback, "first");
      Report(pResultCallback, "second");
    }
    return S_OK;
  }

 private:
  std::mutex mutex_;
  std::vector<WpfPtr<ICustomActionResultCallback>> kept_;
};

}  // namespace
}  // namespace rsca::plugins

EXPORT_PROTOCOL_MANAGER(rsca::plugins::AnswersBadly)
