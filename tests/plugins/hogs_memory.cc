// `hogs_memory` (once) takes memory, 8 MiB at a time, until it has as many MiB as its arguments
// say, keeps it, and answers with the number.
#include <cstdlib>
#include <cwchar>
#include <memory>

#include "tests/plugins/support.h"

namespace rsca::plugins {
namespace {

constexpr std::size_t kStep = 8 << 20;

class HogsMemory final : public Plugin {
 public:
  HogsMemory() : Plugin({Once(L"hogs_memory")}) {}

  HRESULT RunCustomAction(IN PCWSTR, IN PCWSTR pszArguments,
                          IN ICustomActionResultCallback* pResultCallback) override {
    const auto wanted = static_cast<std::size_t>(std::wcstoul(pszArguments, nullptr, 10)) << 20;
    for (std::size_t taken = 0; taken < wanted; taken += kStep) {
      const std::lock_guard lock(mutex_);
      taken_.emplace_back(kStep, 'x');
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return Report(pResultCallback, std::to_string(wanted >> 20));
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> taken_;
};

}  // namespace
}  // namespace rsca::plugins

EXPORT_PROTOCOL_MANAGER(rsca::plugins::HogsMemory)
