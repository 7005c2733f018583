// Throws C++ exceptions across the interface: `throws` in the register call, `throws.unregister` in
// the unregister call, `throws.run` (once) in the run call.
#include <stdexcept>
#include <string_view>

#include "tests/plugins/support.h"

namespace rsca::plugins {
namespace {

class Throws final : public Plugin {
 public:
  Throws() : Plugin({Many(L"throws"), Many(L"throws.unregister"), Once(L"throws.run")}) {}

  HRESULT RegisterCustomActionCallback(IN PCWSTR pszFunctionName, IN PCWSTR,
                                       IN ICustomAction2ResultCallback* pResultCallback) override {
    if (std::wstring_view(pszFunctionName) == L"throws") throw std::runtime_error("in register");
    callback_ = Callback::Share(pResultCallback);
    return S_OK;
  }

  HRESULT UnregisterCustomActionCallback(IN PCWSTR) override {
    callback_ = nullptr;
    throw std::runtime_error("in unregister");
  }

  HRESULT RunCustomAction(IN PCWSTR, IN PCWSTR, IN ICustomActionResultCallback*) override {
    throw 42;  // not even a std::exception
  }

 private:
  Callback callback_;
};

}  // namespace
}  // namespace rsca::plugins

EXPORT_PROTOCOL_MANAGER(rsca::plugins::Throws)
