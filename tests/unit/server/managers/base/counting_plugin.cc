// A small manager for the base's tests. `count` reports 0 to n-1 from a thread of its own, then
// ends or waits to be stopped; `echo` answers its arguments.
#include <atomic>
#include <stdexcept>
#include <thread>
#include <utility>

#include "common/mutex.h"
#include "server/managers/base/manager.h"

namespace rsca::managers {
namespace {

class Count final : public Action {
 public:
  Count(int count, bool ends, Reporter reporter)
      : reporter_(std::move(reporter)), thread_([this, count, ends] { Run(count, ends); }) {}
  ~Count() override {
    Ask();
    thread_.join();
  }

  void Stop() override {
    Ask();
    MutexLock lock(&mutex_);
    while (!done_) changed_.Wait(&mutex_);
  }

 private:
  void Ask() {
    MutexLock lock(&mutex_);
    asked_ = true;
    changed_.NotifyAll();
  }

  void Run(int count, bool ends) {
    for (int i = 0; i < count; ++i) {
      if (FAILED(reporter_.Report(std::to_string(i)))) break;
    }
    MutexLock lock(&mutex_);
    while (!ends && !asked_) changed_.Wait(&mutex_);
    (void)reporter_.ReportFinal(S_OK, "end");
    done_ = true;
    changed_.NotifyAll();
  }

  const Reporter reporter_;
  Mutex mutex_;
  CondVar changed_;
  bool asked_ ABSL_GUARDED_BY(mutex_) = false;
  bool done_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

// Has ended before it has begun.
class Nothing final : public Action {
 public:
  void Stop() override {}
};

std::unique_ptr<Action> Start(const nlohmann::json& arguments, Reporter reporter,
                              Failure* failure) {
  if (arguments.contains("refuse")) {
    *failure = {HRESULT_FROM_WIN32(ERROR_BUSY), arguments["refuse"]};
    return nullptr;
  }
  if (arguments.value("at_once", false)) {
    (void)reporter.ReportFinal(S_OK, "at once");
    return std::make_unique<Nothing>();
  }
  return std::make_unique<Count>(arguments.at("count").get<int>(), arguments.value("ends", false),
                                 std::move(reporter));
}

std::string Echo(const nlohmann::json& arguments, Failure* failure) {
  if (arguments.contains("fail")) {
    *failure = {HRESULT_FROM_WIN32(ERROR_DISK_FULL), arguments["fail"]};
  }
  if (arguments.contains("throw")) throw std::runtime_error(arguments["throw"]);
  return arguments.dump();
}

}  // namespace
}  // namespace rsca::managers

extern "C" RSCA_EXPORT HRESULT GetProtocolManager(IWorkerProcessFramework* framework,
                                                  IProtocolManager** manager) {
  using rsca::managers::Function;
  Function count{.name = L"count",
                 .summary = L"Counts.",
                 .arguments_schema = L"{}",
                 .response_content_type = L"text/plain",
                 .semantics = RSCA_READ_ONLY | RSCA_RESTARTABLE,
                 .start = rsca::managers::Start,
                 .run = nullptr};
  Function echo{.name = L"echo",
                .summary = L"Echoes.",
                .arguments_schema = L"{}",
                .response_content_type = L"application/json",
                .semantics = RSCA_READ_ONLY,
                .start = nullptr,
                .run = rsca::managers::Echo};
  return rsca::managers::MakeManager(framework, {count, echo}, manager);
}
