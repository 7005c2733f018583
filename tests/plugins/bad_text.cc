// Text that is no Unicode: its catalogue offers a function with a good name and a surrogate in the
// summary, and one with a surrogate in the name.
#include "tests/plugins/support.h"

namespace rsca::plugins {
namespace {

constexpr WCHAR kBadSummary[] = {L'a', static_cast<WCHAR>(0xD800), L'b', 0};
constexpr WCHAR kBadName[] = {L'x', static_cast<WCHAR>(0x110000), 0};

RSCA_FUNCTION WithBadSummary() {
  RSCA_FUNCTION function = Many(L"bad_text");
  function.pszSummary = kBadSummary;
  return function;
}

class BadText final : public Plugin {
 public:
  BadText() : Plugin({WithBadSummary(), Many(kBadName)}) {}

  HRESULT RegisterCustomActionCallback(IN PCWSTR, IN PCWSTR,
                                       IN ICustomAction2ResultCallback* pResultCallback) override {
    return Report(pResultCallback, "registered", TRUE);
  }
};

}  // namespace
}  // namespace rsca::plugins

EXPORT_PROTOCOL_MANAGER(rsca::plugins::BadText)
