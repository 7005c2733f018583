// What publishes for the benchmark, on our road. It holds any number of registrations.
//
//   bench.publish  {"bytes": 64, "rate": 0, "burst": 0, "pause_ms": 0}
//                  results of so many bytes, the first 8 of which are the time (bench::GetStamp):
//                  so many a second, or so many at once every so many milliseconds, or as fast as
//                  they go
//   bench.idle     keeps its callback and reports nothing; begins again after a restart
//   bench.first    one result, inside the register call
#include <time.h>

#include <cstring>
#include <map>
#include <nlohmann/json.hpp>

#include "tests/plugins/support.h"

namespace rsca::plugins {
namespace {

struct Work {
  std::size_t bytes = 64;
  double rate = 0;
  int burst = 0;
  std::chrono::milliseconds pause{0};
};

Work Parse(IN PCWSTR pszArguments) {
  const std::string text = Narrow(pszArguments);
  const auto json = text.empty() ? nlohmann::json::object() : nlohmann::json::parse(text);
  Work work;
  work.bytes = std::max<std::size_t>(json.value("bytes", work.bytes), sizeof(int64_t));
  work.rate = json.value("rate", work.rate);
  work.burst = json.value("burst", work.burst);
  work.pause = std::chrono::milliseconds(json.value("pause_ms", 0));
  return work;
}

bool ReportStamped(IN const Callback& callback, IN std::string* response) {
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  const int64_t nanos = int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
  std::memcpy(response->data(), &nanos, sizeof(nanos));
  return SUCCEEDED(Report(callback.Get(), *response));
}

void Publish(IN const std::stop_token& stop, IN const Work& work, IN const Callback& callback) {
  std::string response(work.bytes, '.');
  using Clock = std::chrono::steady_clock;
  const auto interval = std::chrono::duration_cast<Clock::duration>(
      std::chrono::duration<double>(work.rate > 0 ? 1 / work.rate : 0));
  Clock::time_point next = Clock::now();
  while (!stop.stop_requested()) {
    for (int i = 0; i < std::max(work.burst, 1); ++i) {
      if (!ReportStamped(callback, &response)) return;
    }
    if (work.burst > 0 && !Pause(stop, work.pause)) return;
    if (work.rate > 0) std::this_thread::sleep_until(next += interval);
  }
}

RSCA_FUNCTION Restartable(IN RSCA_FUNCTION function) {
  function.dwSemantics = RSCA_RESTARTABLE;
  return function;
}

class Bench final : public Plugin, public IRscaRegistrations {
 public:
  Bench()
      : Plugin({Many(L"bench.publish"), Restartable(Many(L"bench.idle")), Many(L"bench.first")}) {}

  ULONG AddRef() override { return Plugin::AddRef(); }
  ULONG Release() override { return Plugin::Release(); }

  HRESULT GetCustomInterface(IN DWORD dwCustomInterfaceID, OUT PVOID* ppCustomInterface) override {
    if (dwCustomInterfaceID != RSCA_REGISTRATIONS_ID) {
      return Plugin::GetCustomInterface(dwCustomInterfaceID, ppCustomInterface);
    }
    AddRef();
    *ppCustomInterface = static_cast<IRscaRegistrations*>(this);
    return S_OK;
  }

  using Plugin::RegisterCustomActionCallback;
  using Plugin::UnregisterCustomActionCallback;

  HRESULT RegisterCustomActionCallback(IN ULONGLONG ullRegistrationId, IN PCWSTR pszFunctionName,
                                       IN PCWSTR pszArguments,
                                       IN ICustomAction2ResultCallback* pResultCallback) override {
    Callback callback = Callback::Share(pResultCallback);
    const std::string function = Narrow(pszFunctionName);
    if (function == "bench.first") {
      std::string response(64, '.');
      ReportStamped(callback, &response);
    }
    const std::lock_guard lock(mutex_);
    Live& live = live_[ullRegistrationId];
    live.callback = callback;
    if (function == "bench.publish") {
      live.thread =
          std::jthread([work = Parse(pszArguments), callback = std::move(callback)](
                           const std::stop_token& stop) { Publish(stop, work, callback); });
    }
    return S_OK;
  }

  HRESULT UnregisterCustomActionCallback(IN ULONGLONG ullRegistrationId) override {
    Live ended;
    const std::lock_guard lock(mutex_);
    const auto found = live_.find(ullRegistrationId);
    if (found == live_.end()) return HRESULT_FROM_WIN32(ERROR_NOT_FOUND);
    ended = std::move(found->second);
    live_.erase(found);
    return S_OK;  // the thread's destructor asks it to stop and waits
  }

  HRESULT Shutdown(IN BOOL) override {
    std::map<ULONGLONG, Live> live;
    const std::lock_guard lock(mutex_);
    live.swap(live_);
    return S_OK;
  }

 private:
  struct Live {
    Callback callback;
    std::jthread thread;
  };

  std::mutex mutex_;
  std::map<ULONGLONG, Live> live_;
};

}  // namespace
}  // namespace rsca::plugins

EXPORT_PROTOCOL_MANAGER(rsca::plugins::Bench)
