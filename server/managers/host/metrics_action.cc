#include "server/managers/host/metrics_action.h"

#include <chrono>
#include <utility>

#include "server/managers/host/metrics_json.h"

namespace rsca::managers {
namespace {

absl::Duration SteadyNow() {
  return absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
}

}  // namespace

absl::Duration NextTick(absl::Duration start, absl::Duration interval, absl::Duration now) {
  absl::Duration rest;
  const int64_t whole = absl::IDivDuration(now - start, interval, &rest);
  return start + (whole + 1) * interval;
}

MetricsAction::MetricsAction(absl::Duration interval, uint64_t count, Reporter reporter)
    : interval_(interval),
      count_(count),
      reporter_(std::move(reporter)),
      thread_([this] { Run(); }) {}

MetricsAction::~MetricsAction() { Stop(); }

void MetricsAction::Stop() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
    stopped_.NotifyAll();
  }
  if (thread_.joinable()) thread_.join();
}

void MetricsAction::Run() {
  const absl::Duration start = SteadyNow();
  Reading before = TakeReading("");
  for (uint64_t sample = 1; SleepUntil(NextTick(start, interval_, SteadyNow())); ++sample) {
    Reading now = TakeReading("");
    const std::string response = JsonText(MetricsJson(before, now));
    if (sample == count_) {
      reporter_.ReportFinal(S_OK, response);
      return;
    }
    const HRESULT result = reporter_.Report(response);
    // A reader that was too slow for this sample may want the next one, which then covers the time
    // of both; any other failure says that nobody is left.
    if (result == HRESULT_FROM_WIN32(ERROR_TIMEOUT)) continue;
    if (FAILED(result)) {
      reporter_.ReportFinal(result, "");
      return;
    }
    before = std::move(now);
  }
}

bool MetricsAction::SleepUntil(absl::Duration due) {
  MutexLock lock(&mutex_);
  for (absl::Duration left = due - SteadyNow(); !stopping_ && left > absl::ZeroDuration();
       left = due - SteadyNow()) {
    stopped_.WaitFor(&mutex_, left);
  }
  return !stopping_;
}

}  // namespace rsca::managers
