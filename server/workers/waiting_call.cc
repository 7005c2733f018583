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
  MutexLock lock(&mutex_);
  begun_ = std::move(handle);
  released = std::move(listener_);
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
