#include "server/workers/waiting_call.h"

#include <utility>

namespace rsca::workers {

class WaitingCall::Handle final : public ActionHandle {
 public:
  Handle(std::shared_ptr<WaitingCall> call, std::function<void()> on_stop)
      : call_(std::move(call)), on_stop_(std::move(on_stop)) {}

  void Stop(bool discard) override {
    if (const auto begun = Begun()) return begun->Stop(discard);
    on_stop_();
    // A worker may have taken it meanwhile.
    if (const auto begun = Begun()) begun->Stop(discard);
  }

  // What has not begun has reported nothing that could be granted again.
  void Grant(uint64_t bytes) override {
    if (const auto begun = Begun()) begun->Grant(bytes);
  }

  void RefuseReports(int32_t hresult) override {
    std::shared_ptr<ActionHandle> begun;
    {
      MutexLock lock(&call_->mutex_);
      begun = call_->begun_;
      if (begun == nullptr) call_->refusing_ = hresult;
    }
    if (begun != nullptr) begun->RefuseReports(hresult);
  }

 private:
  std::shared_ptr<ActionHandle> Begun() const {
    MutexLock lock(&call_->mutex_);
    return call_->begun_;
  }

  const std::shared_ptr<WaitingCall> call_;
  const std::function<void()> on_stop_;
};

std::shared_ptr<ActionListener> WaitingCall::listener() {
  MutexLock lock(&mutex_);
  return listener_;
}

void WaitingCall::Begin(std::unique_ptr<ActionHandle> handle) {
  std::shared_ptr<ActionListener> released;
  int32_t told = 0;
  while (true) {
    {
      MutexLock lock(&mutex_);
      if (refusing_ == told) {
        begun_ = std::move(handle);
        released = std::move(listener_);
        return;
      }
      told = refusing_;
    }
    handle->RefuseReports(told);  // before anyone can tell it something newer
  }
}

void WaitingCall::Refuse(const absl::Status& status) {
  Refusal refusal;
  refusal.kind = Refusal::Kind::kNoWorker;
  refusal.message = std::string(status.message());
  refusal.status = status;
  std::shared_ptr<ActionListener> listener;
  {
    MutexLock lock(&mutex_);
    listener = std::move(listener_);
  }
  if (listener != nullptr) listener->OnRefused(refusal);
}

std::unique_ptr<ActionHandle> WaitingCall::MakeHandle(const std::shared_ptr<WaitingCall>& call,
                                                      std::function<void()> on_stop) {
  return std::make_unique<Handle>(call, std::move(on_stop));
}

}  // namespace rsca::workers
