// Accepts, reports one result and hangs in the unregister call for ever.
#include "tests/plugins/support.h"

namespace rsca::plugins {
namespace {

class HangsInUnregister final : public Plugin {
 public:
  HangsInUnregister() : Plugin({Many(L"hangs_in_unregister")}) {}

  HRESULT RegisterCustomActionCallback(IN PCWSTR, IN PCWSTR,
                                       IN ICustomAction2ResultCallback* pResultCallback) override {
    callback_ = Callback::Share(pResultCallback);
    Report(pResultCallback, "registered");
    return S_OK;
  }

  HRESULT UnregisterCustomActionCallback(IN PCWSTR) override {
    while (true) std::this_thread::sleep_for(std::chrono::hours(1));
  }

 private:
  Callback callback_;
};

}  // namespace
}  // namespace rsca::plugins

EXPORT_PROTOCOL_MANAGER(rsca::plugins::HangsInUnregister)
