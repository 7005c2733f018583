// Hangs in the register call until the file that its arguments name exists (without arguments for
// ever), and then accepts. Writes `late register` and `late unregister` to `ARGUMENTS.log`.
// `hangs_in_register.run` (once) writes `run` there, hangs likewise, and then answers.
#include <unistd.h>

#include "tests/plugins/support.h"

namespace rsca::plugins {
namespace {

void HangUntilExists(IN const std::string& path) {
  while (path.empty() || access(path.c_str(), F_OK) != 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

class HangsInRegister final : public Plugin {
 public:
  HangsInRegister() : Plugin({Many(L"hangs_in_register"), Once(L"hangs_in_register.run")}) {}

  HRESULT RegisterCustomActionCallback(IN PCWSTR, IN PCWSTR pszArguments,
                                       IN ICustomAction2ResultCallback* pResultCallback) override {
    const std::string path = Narrow(pszArguments);
    HangUntilExists(path);
    AppendLine(path + ".log", "late register");
    const std::lock_guard lock(mutex_);
    path_ = path;
    callback_ = Callback::Share(pResultCallback);
    return S_OK;
  }

  HRESULT UnregisterCustomActionCallback(IN PCWSTR) override {
    const std::lock_guard lock(mutex_);
    AppendLine(path_ + ".log", "late unregister");
    callback_ = nullptr;
    return S_OK;
  }

  HRESULT RunCustomAction(IN PCWSTR, IN PCWSTR pszArguments,
                          IN ICustomActionResultCallback* pResultCallback) override {
    const std::string path = Narrow(pszArguments);
    if (!path.empty()) AppendLine(path + ".log", "run");
    HangUntilExists(path);
    return Report(pResultCallback, "late");
  }

 private:
  std::mutex mutex_;
  std::string path_;
  Callback callback_;
};

}  // namespace
}  // namespace rsca::plugins

EXPORT_PROTOCOL_MANAGER(rsca::plugins::HangsInRegister)
