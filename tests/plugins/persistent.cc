// Reports 1, 2, 3, … padded to 16 KiB, one each millisecond, and says what ReportResult returned: a
// line for every time that it returns something else than before, in the file that its arguments
// name.
//
//   report 0x00000000
//   report 0x80070070
//   report 0x00000000
//
// It reports what was refused again until it is taken.
#include <optional>

#include "tests/plugins/support.h"

namespace rsca::plugins {
namespace {

constexpr std::size_t kBytes = 16 << 10;

void Persist(IN const std::stop_token& stop, IN const std::string& path, IN Callback callback) {
  std::optional<HRESULT> before;
  for (int number = 1; !stop.stop_requested();) {
    std::string response = std::to_string(number);
    response.resize(kBytes, '.');
    const HRESULT hr = Report(callback.Get(), response);
    if (before != hr) AppendLine(path, "report " + Hex(hr));
    before = hr;
    if (SUCCEEDED(hr)) ++number;
    Pause(stop, std::chrono::milliseconds(1));
  }
}

class Persistent final : public Plugin {
 public:
  Persistent() : Plugin({Many(L"persistent")}) {}

  HRESULT RegisterCustomActionCallback(IN PCWSTR, IN PCWSTR pszArguments,
                                       IN ICustomAction2ResultCallback* pResultCallback) override {
    Start([path = Narrow(pszArguments), callback = Callback::Share(pResultCallback)](
              const std::stop_token& stop) { Persist(stop, path, callback); });
    return S_OK;
  }
};

}  // namespace
}  // namespace rsca::plugins

EXPORT_PROTOCOL_MANAGER(rsca::plugins::Persistent)
