// Aborts in the register call, after a report.
#include <cstdlib>

#include "tests/plugins/support.h"

namespace rsca::plugins {
namespace {

class AbortsInRegister final : public Plugin {
 public:
  AbortsInRegister() : Plugin({Many(L"aborts_in_register")}) {}

  HRESULT RegisterCustomActionCallback(IN PCWSTR, IN PCWSTR,
                                       IN ICustomAction2ResultCallback* pResultCallback) override {
    Report(pResultCallback, "about to abort");
    std::abort();
  }
};

}  // namespace
}  // namespace rsca::plugins

EXPORT_PROTOCOL_MANAGER(rsca::plugins::AbortsInRegister)
