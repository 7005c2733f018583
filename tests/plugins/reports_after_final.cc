// Reports `one`, a final `end`, and then three more, on the calling thread and on another. Writes
// what ReportResult answered, a line each, to the file that its arguments name.
#include "tests/plugins/support.h"

namespace rsca::plugins {
namespace {

class ReportsAfterFinal final : public Plugin {
 public:
  ReportsAfterFinal() : Plugin({Many(L"reports_after_final")}) {}

  HRESULT RegisterCustomActionCallback(IN PCWSTR, IN PCWSTR pszArguments,
                                       IN ICustomAction2ResultCallback* pResultCallback) override {
    const std::string path = Narrow(pszArguments);
    AppendLine(path, "one " + Hex(Report(pResultCallback, "one")));
    AppendLine(path, "end " + Hex(Report(pResultCallback, "end", TRUE)));
    AppendLine(path, "after " + Hex(Report(pResultCallback, "after")));
    Start([path, callback = Callback::Share(pResultCallback)](const std::stop_token&) {
      AppendLine(path, "later " + Hex(Report(callback.Get(), "later")));
      AppendLine(path, "later " + Hex(Report(callback.Get(), "later final", TRUE)));
      AppendLine(path, "done");
    });
    return S_OK;
  }
};

}  // namespace
}  // namespace rsca::plugins

EXPORT_PROTOCOL_MANAGER(rsca::plugins::ReportsAfterFinal)
