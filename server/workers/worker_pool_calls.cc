// The part of WorkerPool that brings calls to workers.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/workers/pool_errors.h"
#include "server/workers/worker_pool.h"

namespace rsca::workers {

absl::StatusOr<std::unique_ptr<ActionHandle>> WorkerPool::Start(
    const StartRequest& request, std::shared_ptr<ActionListener> listener) {
  absl::StatusOr<std::unique_ptr<ActionHandle>> handle;
  {
    MutexLock lock(&mutex_);
    handle = StartOrWait(request, std::move(listener));
  }
  effects_.Run();
  return handle;
}

absl::Status WorkerPool::CheckOpen() const {
  if (closed_) {
    return WorkerUnavailable(options_->name, "the server shuts down",
                             options_->restart_backoff_max);
  }
  if (stopped_) return PoolStopped(options_->name, stop_reason_);
  return absl::OkStatus();
}

absl::Status WorkerPool::CheckCallable(const std::string& function) const {
  if (absl::Status status = CheckOpen(); !status.ok()) return status;
  for (const Function& known : functions_) {
    if (known.name == function && !known.unavailable_reason.empty()) {
      return ActionUnavailable(known);
    }
  }
  absl::Duration left;
  const auto quarantined = quarantine_.Find(function, timers_->Now(), &left);
  if (quarantined.has_value()) return ActionQuarantined(options_->name, *quarantined, left);
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<ActionHandle>> WorkerPool::StartOrWait(
    const StartRequest& request, std::shared_ptr<ActionListener> listener) {
  if (absl::Status status = CheckCallable(request.function); !status.ok()) return status;
  if (auto handle = StartOnReady(request, listener)) return handle;
  if (!WorkerComes()) {
    if (held_back_ > 0) return HeldBack();
    LaunchMissing();
  }
  const auto call = std::make_shared<WaitingCall>(request, std::move(listener));
  waiting_.push_back(call);
  return WaitingCall::MakeHandle(call, [weak = weak_from_this(), call = call.get()] {
    if (const auto self = weak.lock()) self->TakeBack(call);
  });
}

absl::Status WorkerPool::HeldBack() const {
  return WorkerUnavailable(options_->name, "the last one died, the next is held back",
                           std::max(held_until_ - timers_->Now(), absl::Milliseconds(1)));
}

std::unique_ptr<ActionHandle> WorkerPool::StartOnReady(
    const StartRequest& request, const std::shared_ptr<ActionListener>& listener) {
  while (Member* member = PickWorker()) {
    if (member->state == WorkerState::kSuspended) Wake(member);
    const bool was_busy = member->worker->counts().conversations > 0;
    auto handle = member->worker->Start(request, listener);
    if (!handle.ok()) {
      member->lost = true;
      continue;
    }
    member->watch->OnBegun();
    // One that idleness has ended is started again when the others have work already.
    if (was_busy && !WorkerComes() && held_back_ == 0) LaunchMissing();
    return *std::move(handle);
  }
  return nullptr;
}

// The ready one with the fewest conversations; without one, one that is suspended.
WorkerPool::Member* WorkerPool::PickWorker() {
  Member* best = nullptr;
  int fewest = 0;
  for (const auto& member : members_) {
    const bool ready = member->state == WorkerState::kReady;
    if (member->lost || (!ready && member->state != WorkerState::kSuspended)) continue;
    const int conversations = member->worker->counts().conversations;
    const bool wakes = best != nullptr && best->state == WorkerState::kSuspended && ready;
    if (best == nullptr || wakes ||
        (conversations < fewest && (ready || best->state == WorkerState::kSuspended))) {
      best = member.get();
      fewest = conversations;
    }
  }
  return best;
}

// Whether one will be ready, or what becomes of the last is decided, without more being done.
bool WorkerPool::WorkerComes() const {
  return std::any_of(members_.begin(), members_.end(), [](const auto& member) {
    return member->state == WorkerState::kStarting || member->replace_at_end ||
           (member->lost && member->state != WorkerState::kStopping);
  });
}

void WorkerPool::ServeWaiting() {
  std::deque<std::shared_ptr<WaitingCall>> calls;
  calls.swap(waiting_);
  while (!calls.empty()) {
    const std::shared_ptr<WaitingCall> call = std::move(calls.front());
    calls.pop_front();
    const absl::Status status = CheckCallable(call->request().function);
    if (!status.ok()) {
      effects_.Add([call, status] { call->Refuse(status); });
    } else if (auto handle = StartOnReady(call->request(), call->listener())) {
      call->Begin(std::move(handle));
    } else {
      calls.push_front(call);
      break;
    }
  }
  waiting_ = std::move(calls);
}

void WorkerPool::RefuseWaiting(const absl::Status& status) {
  for (const auto& call : waiting_) {
    effects_.Add([call, status] { call->Refuse(status); });
  }
  waiting_.clear();
}

// The caller holds locks, and its listener may want them: it is told later.
void WorkerPool::TakeBack(const WaitingCall* call) {
  MutexLock lock(&mutex_);
  const auto found = std::find_if(waiting_.begin(), waiting_.end(),
                                  [call](const auto& waits) { return waits.get() == call; });
  if (found == waiting_.end()) return;
  timers_->After(absl::ZeroDuration(), [taken = *found] { taken->Refuse(CallTakenBack()); });
  waiting_.erase(found);
}

}  // namespace rsca::workers
