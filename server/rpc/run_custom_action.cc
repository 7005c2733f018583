#include "server/rpc/run_custom_action.h"

#include <memory>
#include <utility>

#include "common/mutex.h"
#include "common/status.h"
#include "server/actions/functions.h"

namespace rsca::rpc {
namespace {

// Brings a cancellation to the run, whichever of the two is there first. Outlives the reactor.
class Cancellation {
 public:
  void SetRun(const std::shared_ptr<actions::Run>& run) {
    {
      MutexLock lock(&mutex_);
      run_ = run;
      if (!cancelled_) return;
    }
    run->Cancel();
  }

  void Cancel() {
    std::shared_ptr<actions::Run> run;
    {
      MutexLock lock(&mutex_);
      cancelled_ = true;
      run = run_.lock();
    }
    if (run != nullptr) run->Cancel();
  }

 private:
  Mutex mutex_;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  std::weak_ptr<actions::Run> run_ ABSL_GUARDED_BY(mutex_);
};

class Reactor final : public grpc::ServerUnaryReactor {
 public:
  explicit Reactor(std::shared_ptr<Cancellation> cancellation)
      : cancellation_(std::move(cancellation)) {}

  // The client cancelled or its deadline passed.
  void OnCancel() override { cancellation_->Cancel(); }
  void OnDone() override { delete this; }

 private:
  const std::shared_ptr<Cancellation> cancellation_;
};

}  // namespace

grpc::ServerUnaryReactor* RunCustomAction::Handle(const v1::RunCustomActionRequest& request,
                                                  v1::RunCustomActionResponse* response) const {
  auto cancellation = std::make_shared<Cancellation>();
  auto* reactor = new Reactor(cancellation);
  const auto function = context_->functions->FindToRun(request.function(), request.arguments());
  if (!function.ok()) {
    reactor->Finish(ToGrpcStatus(function.status()));
    return reactor;
  }
  // From Finish on the reactor may be gone; it is not touched after Begin.
  const auto run = context_->functions->BeginRun(
      *function, request.arguments(),
      [reactor, response](absl::StatusOr<actions::RunResult> result) {
        if (result.ok()) {
          response->set_hr_status(result->hr_status);
          response->set_response(std::move(result->response));
          response->set_response_content_type(result->response_content_type);
        }
        reactor->Finish(ToGrpcStatus(result.status()));
      });
  cancellation->SetRun(run);
  return reactor;
}

}  // namespace rsca::rpc
