// Reports numbered results of 4 KiB as fast as it can until ReportResult fails, whatever happens.
// Then writes `COUNT HRESULT` to the file that its arguments name, if they name one.
#include "tests/plugins/support.h"

namespace rsca::plugins {
namespace {

class Floods final : public Plugin {
 public:
  Floods() : Plugin({Many(L"floods")}) {}

  HRESULT RegisterCustomActionCallback(IN PCWSTR, IN PCWSTR pszArguments,
                                       IN ICustomAction2ResultCallback* pResultCallback) override {
    Callback callback = Callback::Share(pResultCallback);
    Start([path = Narrow(pszArguments), callback](const std::stop_token&) {
      HRESULT hr = S_OK;
      ULONGLONG count = 0;
      while (SUCCEEDED(hr)) {
        std::string response = std::to_string(count + 1);
        response.resize(4096, '.');
        hr = Report(callback.Get(), response);
        if (SUCCEEDED(hr)) ++count;
      }
      if (!path.empty()) AppendLine(path, std::to_string(count) + " " + Hex(hr));
    });
    return S_OK;
  }

  HRESULT UnregisterCustomActionCallback(IN PCWSTR) override { return S_OK; }
};

}  // namespace
}  // namespace rsca::plugins

EXPORT_PROTOCOL_MANAGER(rsca::plugins::Floods)
