// Hangs in Shutdown for ever.
#include "tests/plugins/support.h"

namespace rsca::plugins {
namespace {

class HangsInShutdown final : public Plugin {
 public:
  HangsInShutdown() : Plugin({Many(L"hangs_in_shutdown")}) {}

  HRESULT Shutdown(IN BOOL) override {
    while (true) std::this_thread::sleep_for(std::chrono::hours(1));
  }
};

}  // namespace
}  // namespace rsca::plugins

EXPORT_PROTOCOL_MANAGER(rsca::plugins::HangsInShutdown)
