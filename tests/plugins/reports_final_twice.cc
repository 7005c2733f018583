// Reports `one` and then final results from two threads at once. Writes what ReportResult answered,
// a line each, to the file that its arguments name.
#include "tests/plugins/support.h"

namespace rsca::plugins {
namespace {

class ReportsFinalTwice final : public Plugin {
 public:
  ReportsFinalTwice() : Plugin({Many(L"reports_final_twice")}) {}

  HRESULT RegisterCustomActionCallback(IN PCWSTR, IN PCWSTR pszArguments,
                                       IN ICustomAction2ResultCallback* pResultCallback) override {
    Report(pResultCallback, "one");
    for (int thread = 0; thread < 2; ++thread) {
      Start([path = Narrow(pszArguments),
             callback = Callback::Share(pResultCallback)](const std::stop_token&) {
        AppendLine(path, Hex(Report(callback.Get(), "final", TRUE)));
      });
    }
    return S_OK;
  }
};

}  // namespace
}  // namespace rsca::plugins

EXPORT_PROTOCOL_MANAGER(rsca::plugins::ReportsFinalTwice)
