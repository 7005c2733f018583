// One run of a custom action that answers once.
#ifndef RSCA_SERVER_ACTIONS_RUN_H_
#define RSCA_SERVER_ACTIONS_RUN_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "common/mutex.h"
#include "common/timers.h"
#include "server/actions/types.h"
#include "server/workers/worker_pools.h"

namespace rsca::actions {

struct RunResult {
  int32_t hr_status = 0;
  std::string response;
  std::string response_content_type;
};

// Thread-safe.
class Run final : public workers::ActionListener, public std::enable_shared_from_this<Run> {
 public:
  using Callback = std::function<void(absl::StatusOr<RunResult>)>;

  // INVALID_ARGUMENT, NOT_FOUND or FAILED_PRECONDITION when there is no such function to run.
  static absl::StatusOr<workers::Function> Find(const std::string& function,
                                                const std::string& arguments, const Limits& limits,
                                                const workers::WorkerPools& pools);

  // Begins. Calls back once, on any thread, perhaps before it returns. Starter and timers outlive
  // the run.
  static std::shared_ptr<Run> Begin(const workers::Function& function, const std::string& arguments,
                                    const Limits& limits, workers::ActionStarter* starter,
                                    Timers* timers, Callback callback);

  // Nobody waits any more: calls back with CANCELLED if it has not called back yet. The plug-in is
  // not interrupted; what it reports is thrown away.
  void Cancel();

  void OnStarted() override;
  void OnRefused(const workers::Refusal& refusal) override;
  void OnReports(absl::Span<workers::Report> reports) override;
  void OnEnded(const workers::End& end) override;
  // It cannot be begun again.
  void OnWorkerReplaced(const std::string& /*why*/) override {}

 private:
  Run(const workers::Function& function, const std::string& arguments, const Limits& limits,
      workers::ActionStarter* starter, Timers* timers, Callback callback);

  void Start();
  void ArmTimer();
  bool HasNothing();
  // Calls back, the first time.
  void Complete(absl::StatusOr<RunResult> result);
  void CompleteIfDone();

  const std::string function_;
  const std::string pool_;
  const std::string arguments_;
  const Limits limits_;
  workers::ActionStarter* const starter_;
  Timers* const timers_;
  const std::string response_content_type_;

  Mutex mutex_;
  Callback callback_ ABSL_GUARDED_BY(mutex_);  // null once called
  std::shared_ptr<workers::ActionHandle> handle_ ABSL_GUARDED_BY(mutex_);
  Timers::Id timer_ ABSL_GUARDED_BY(mutex_) = 0;
  bool started_ ABSL_GUARDED_BY(mutex_) = false;
  // What came, perhaps before the plug-in's call returned.
  std::optional<absl::StatusOr<RunResult>> result_ ABSL_GUARDED_BY(mutex_);
  // Start and result come on two threads: only one of them may answer with it.
  bool taken_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace rsca::actions

#endif  // RSCA_SERVER_ACTIONS_RUN_H_
