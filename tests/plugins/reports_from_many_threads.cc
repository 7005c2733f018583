// Eight threads report 500 results each, `THREAD:NUMBER`, all at once; the last to finish reports
// the final result, `end`.
#include <memory>

#include "tests/plugins/support.h"

namespace rsca::plugins {
namespace {

constexpr int kThreads = 8;
constexpr int kResults = 500;

class ReportsFromManyThreads final : public Plugin {
 public:
  ReportsFromManyThreads() : Plugin({Many(L"reports_from_many_threads")}) {}

  HRESULT RegisterCustomActionCallback(IN PCWSTR, IN PCWSTR,
                                       IN ICustomAction2ResultCallback* pResultCallback) override {
    auto left = std::make_shared<std::atomic<int>>(kThreads);
    for (int thread = 0; thread < kThreads; ++thread) {
      Start([thread, left, callback = Callback::Share(pResultCallback)](const std::stop_token&) {
        for (int number = 1; number <= kResults; ++number) {
          Report(callback.Get(), std::to_string(thread) + ":" + std::to_string(number));
        }
        if (--*left == 0) Report(callback.Get(), "end", TRUE);
      });
    }
    return S_OK;
  }
};

}  // namespace
}  // namespace rsca::plugins

EXPORT_PROTOCOL_MANAGER(rsca::plugins::ReportsFromManyThreads)
