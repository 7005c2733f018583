// Reports as many bytes as its arguments say, then one byte more than that, then a final result:
// the HRESULTs of the two, a line each. `large_responses.run` (once) answers with so many bytes
// and, if that fails, with the HRESULT.
#include <cwchar>

#include "tests/plugins/support.h"

namespace rsca::plugins {
namespace {

std::string Letters(IN PCWSTR pszArguments) {
  std::string bytes(std::wcstoul(pszArguments, nullptr, 10), 'a');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>('a' + i % 26);
  return bytes;
}

class LargeResponses final : public Plugin {
 public:
  LargeResponses() : Plugin({Many(L"large_responses"), Once(L"large_responses.run")}) {}

  HRESULT RegisterCustomActionCallback(IN PCWSTR, IN PCWSTR pszArguments,
                                       IN ICustomAction2ResultCallback* pResultCallback) override {
    Start([bytes = Letters(pszArguments),
           callback = Callback::Share(pResultCallback)](const std::stop_token&) {
      const HRESULT hrFirst = Report(callback.Get(), bytes);
      const HRESULT hrSecond = Report(callback.Get(), bytes + "+");
      Report(callback.Get(), Hex(hrFirst) + "\n" + Hex(hrSecond) + "\n", TRUE);
    });
    return S_OK;
  }

  HRESULT RunCustomAction(IN PCWSTR, IN PCWSTR pszArguments,
                          IN ICustomActionResultCallback* pResultCallback) override {
    const HRESULT hr = Report(pResultCallback, Letters(pszArguments));
    return SUCCEEDED(hr) ? S_OK : Report(pResultCallback, Hex(hr));
  }
};

}  // namespace
}  // namespace rsca::plugins

EXPORT_PROTOCOL_MANAGER(rsca::plugins::LargeResponses)
