#include "client/cpp/cancel_state.h"

#include <chrono>

namespace rsca::client {
namespace internal {

CancelState::CancelState(const Cancellation& parent) : parent_(parent.state_) {
  parent_->AddChild(this);
}

CancelState::~CancelState() {
  if (parent_ != nullptr) parent_->RemoveChild(this);
}

void CancelState::Cancel() {
  MutexLock lock(&mutex_);
  if (cancelled_) return;
  cancelled_ = true;
  // Under the lock, because Remove must not return while a context is in use. TryCancel only
  // posts to gRPC's own threads.
  for (grpc::ClientContext* context : contexts_) context->TryCancel();
  for (CancelState* child : children_) child->Cancel();
  changed_.NotifyAll();
}

bool CancelState::cancelled() const {
  MutexLock lock(&mutex_);
  return cancelled_;
}

void CancelState::Add(grpc::ClientContext* context) {
  MutexLock lock(&mutex_);
  contexts_.insert(context);
  if (cancelled_) context->TryCancel();
}

void CancelState::Remove(grpc::ClientContext* context) {
  MutexLock lock(&mutex_);
  contexts_.erase(context);
}

void CancelState::CancelOne(grpc::ClientContext* context) {
  MutexLock lock(&mutex_);
  if (contexts_.count(context) != 0) context->TryCancel();
}

bool CancelState::Sleep(absl::Duration duration) {
  const auto deadline = std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(duration);
  MutexLock lock(&mutex_);
  while (!cancelled_) {
    const auto left = deadline - std::chrono::steady_clock::now();
    if (left <= left.zero()) return true;
    changed_.WaitFor(&mutex_, absl::FromChrono(left));
  }
  return false;
}

void CancelState::AddChild(CancelState* child) {
  MutexLock lock(&mutex_);
  children_.insert(child);
  if (cancelled_) child->Cancel();
}

void CancelState::RemoveChild(CancelState* child) {
  MutexLock lock(&mutex_);
  children_.erase(child);
}

}  // namespace internal

Cancellation::Cancellation() : state_(std::make_shared<internal::CancelState>()) {}

void Cancellation::Cancel() { state_->Cancel(); }

bool Cancellation::cancelled() const { return state_->cancelled(); }

}  // namespace rsca::client
