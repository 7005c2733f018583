#include "server/actions/run.h"

#include <utility>

#include "server/actions/errors.h"
#include "server/actions/request_check.h"
#include "server/workers/pool_errors.h"

namespace rsca::actions {

absl::StatusOr<workers::Function> Run::Find(const std::string& function,
                                            const std::string& arguments, const Limits& limits,
                                            const workers::WorkerPools& pools) {
  if (absl::Status status = CheckFunctionName(function, limits); !status.ok()) return status;
  if (absl::Status status = CheckArguments(arguments, limits); !status.ok()) return status;
  std::optional<workers::Function> found = pools.FindFunction(function);
  if (!found.has_value()) return ActionNotFound(function, pools.gaps());
  if (!found->unavailable_reason.empty()) return workers::ActionUnavailable(*found);
  if (found->answers == workers::Answers::kMany) return ActionAnswersMany(function);
  return *std::move(found);
}

std::shared_ptr<Run> Run::Begin(const workers::Function& function, const std::string& arguments,
                                const Limits& limits, workers::ActionStarter* starter,
                                Timers* timers, Callback callback) {
  std::shared_ptr<Run> run(
      new Run(function, arguments, limits, starter, timers, std::move(callback)));
  run->ArmTimer();
  run->Start();
  return run;
}

Run::Run(const workers::Function& function, const std::string& arguments, const Limits& limits,
         workers::ActionStarter* starter, Timers* timers, Callback callback)
    : function_(function.name),
      pool_(function.pool),
      arguments_(arguments),
      limits_(limits),
      starter_(starter),
      timers_(timers),
      response_content_type_(function.response_content_type),
      callback_(std::move(callback)) {}

void Run::ArmTimer() {
  const absl::Duration limit = limits_.run_timeout;
  MutexLock lock(&mutex_);
  timer_ = timers_->After(limit, [weak = weak_from_this(), limit] {
    if (const auto run = weak.lock()) run->Complete(PluginTimeout(run->function_, "run", limit));
  });
}

void Run::Start() {
  auto begun = starter_->Start(pool_, {function_, arguments_, true, limits_.credit_bytes},
                               shared_from_this());
  if (!begun.ok()) return Complete(begun.status());
  const std::shared_ptr<workers::ActionHandle> handle = *std::move(begun);
  {
    MutexLock lock(&mutex_);
    handle_ = handle;
    if (callback_ != nullptr) return;
  }
  handle->Stop(/*discard=*/true);  // nobody waits any more
}

void Run::Cancel() { Complete(absl::CancelledError("the client is gone")); }

void Run::OnStarted() {
  {
    MutexLock lock(&mutex_);
    started_ = true;
  }
  CompleteIfDone();
}

void Run::OnRefused(const workers::Refusal& refusal) {
  if (refusal.kind == workers::Refusal::Kind::kWorkerLeaving && HasNothing()) return Start();
  Complete(FromRefusal(function_, refusal));
}

// Nothing was reported, and somebody waits for it.
bool Run::HasNothing() {
  MutexLock lock(&mutex_);
  return callback_ != nullptr && !result_.has_value();
}

void Run::OnReports(absl::Span<workers::Report> reports) {
  {
    MutexLock lock(&mutex_);
    if (result_.has_value()) return;
    const workers::Report& report = reports.front();
    result_ = RunResult{report.hr_status, std::string(report.response), response_content_type_};
  }
  CompleteIfDone();
}

void Run::OnEnded(const workers::End& end) {
  {
    MutexLock lock(&mutex_);
    if (result_.has_value()) return;
    const bool died = end.kind == workers::End::Kind::kWorkerDied ||
                      end.kind == workers::End::Kind::kWorkerRecycled;
    result_ = died ? WorkerCrashed(end.exit) : NoResponse(function_);
  }
  CompleteIfDone();
}

void Run::CompleteIfDone() {
  std::optional<absl::StatusOr<RunResult>> result;
  {
    MutexLock lock(&mutex_);
    if (!started_ || !result_.has_value() || std::exchange(taken_, true)) return;
    result = std::move(result_);
  }
  Complete(*std::move(result));
}

void Run::Complete(absl::StatusOr<RunResult> result) {
  Callback callback;
  std::shared_ptr<workers::ActionHandle> handle;
  {
    MutexLock lock(&mutex_);
    if (callback_ == nullptr) return;
    callback = std::exchange(callback_, nullptr);
    handle = handle_;
    timers_->Cancel(timer_);
  }
  // A response that is still to come is thrown away there; after one that has come this does
  // nothing.
  if (handle != nullptr) handle->Stop(/*discard=*/true);
  callback(std::move(result));
}

}  // namespace rsca::actions
