// `aborts_later` accepts, reports three results and waits. `aborts_later.now` (once) aborts without
// an answer, so that a test decides when.
#include <cstdlib>

#include "tests/plugins/support.h"

namespace rsca::plugins {
namespace {

class AbortsLater final : public Plugin {
 public:
  AbortsLater() : Plugin({Many(L"aborts_later"), Once(L"aborts_later.now")}) {}

  HRESULT RegisterCustomActionCallback(IN PCWSTR, IN PCWSTR,
                                       IN ICustomAction2ResultCallback* pResultCallback) override {
    callback_ = Callback::Share(pResultCallback);
    for (const char* response : {"one", "two", "three"}) Report(pResultCallback, response);
    return S_OK;
  }

  HRESULT RunCustomAction(IN PCWSTR, IN PCWSTR, IN ICustomActionResultCallback*) override {
    std::abort();
  }

 private:
  Callback callback_;
};

}  // namespace
}  // namespace rsca::plugins

EXPORT_PROTOCOL_MANAGER(rsca::plugins::AbortsLater)
