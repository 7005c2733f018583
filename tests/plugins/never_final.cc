// Accepts, reports three results, and when it is unregistered reports one more that is not final.
#include "tests/plugins/support.h"

namespace rsca::plugins {
namespace {

class NeverFinal final : public Plugin {
 public:
  NeverFinal() : Plugin({Many(L"never_final")}) {}

  HRESULT RegisterCustomActionCallback(IN PCWSTR, IN PCWSTR,
                                       IN ICustomAction2ResultCallback* pResultCallback) override {
    const std::lock_guard lock(mutex_);
    callback_ = Callback::Share(pResultCallback);
    for (const char* response : {"one", "two", "three"}) Report(pResultCallback, response);
    return S_OK;
  }

  HRESULT UnregisterCustomActionCallback(IN PCWSTR) override {
    const std::lock_guard lock(mutex_);
    Report(callback_.Get(), "four");
    callback_ = nullptr;
    return S_OK;
  }

 private:
  std::mutex mutex_;
  Callback callback_;
};

}  // namespace
}  // namespace rsca::plugins

EXPORT_PROTOCOL_MANAGER(rsca::plugins::NeverFinal)
