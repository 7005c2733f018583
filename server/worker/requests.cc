#include "server/worker/requests.h"

#include <utility>

#include "common/hresult.h"
#include "common/log.h"
#include "server/worker/counted.h"
#include "server/worker/wide_text.h"

namespace rsca::worker {
namespace {

constexpr std::chrono::seconds kPause(1);

class Actions final : public Counted<IWpfActions> {
 public:
  Actions(std::shared_ptr<Requests> requests, std::string manager)
      : requests_(std::move(requests)), manager_(std::move(manager)) {}

  void RecycleWorkerProcess(PCWSTR pszReason) override {
    requests_->Recycle(manager_, ReasonFrom(pszReason));
  }

  void FailWorkerProcess(PCWSTR pszReason, HRESULT hrError, BOOL fFailOnNextPing) override {
    v1::WorkerFailure failure;
    failure.set_protocol_manager(manager_);
    failure.set_reason(ReasonFrom(pszReason));
    failure.set_hresult(hrError);
    if (fFailOnNextPing != FALSE) {
      requests_->FailNextPing(failure);
    } else {
      requests_->Fail(failure);
    }
  }

 private:
  const std::shared_ptr<Requests> requests_;
  const std::string manager_;
};

}  // namespace

bool Requests::MaySend(Clock::time_point* last) {
  const Clock::time_point now = Clock::now();
  if (*last != Clock::time_point() && now < *last + kPause) return false;
  *last = now;
  return true;
}

void Requests::Recycle(const std::string& manager, const std::string& reason) {
  {
    MutexLock lock(&mutex_);
    if (!MaySend(&last_recycle_)) return;
  }
  LogInfo("a plug-in asks to recycle the worker",
          {{"protocol_manager", manager}, {"reason", reason}});
  v1::ControlRequest request;
  request.mutable_request()->set_recycle(reason);
  sender_->Send(request);
}

void Requests::Fail(const v1::WorkerFailure& failure) {
  {
    MutexLock lock(&mutex_);
    if (!MaySend(&last_fail_)) return;
  }
  LogError("a plug-in fails the worker", {{"protocol_manager", failure.protocol_manager()},
                                          {"reason", failure.reason()},
                                          {"hresult", HresultText(failure.hresult())}});
  v1::ControlRequest request;
  *request.mutable_request()->mutable_fail() = failure;
  sender_->Send(request);
}

void Requests::FailNextPing(const v1::WorkerFailure& failure) {
  MutexLock lock(&mutex_);
  if (!next_ping_failure_.has_value()) next_ping_failure_ = failure;
}

std::optional<v1::WorkerFailure> Requests::next_ping_failure() {
  MutexLock lock(&mutex_);
  return next_ping_failure_;
}

WpfPtr<IWpfActions> MakeActions(std::shared_ptr<Requests> requests, std::string manager) {
  return MakeCounted<IWpfActions, Actions>(std::move(requests), std::move(manager));
}

}  // namespace rsca::worker
