// What stands behind a Cancellation: the calls that it ends.
#ifndef RSCA_CLIENT_CPP_CANCEL_STATE_H_
#define RSCA_CLIENT_CPP_CANCEL_STATE_H_

#include <grpcpp/client_context.h>

#include <memory>
#include <set>

#include "absl/time/time.h"
#include "common/mutex.h"
#include "rsca/client/cancellation.h"

namespace rsca::client::internal {

// Thread-safe. Locks are taken from parent to child. Owns no call and no channel, so whoever drops
// the last reference, on whatever thread, closes no connection.
class CancelState {
 public:
  CancelState() = default;

  // Cancelled with `parent`, and by itself alone.
  explicit CancelState(const Cancellation& parent);
  ~CancelState();

  CancelState(const CancelState&) = delete;
  CancelState& operator=(const CancelState&) = delete;

  void Cancel();
  bool cancelled() const;

  // From now until Remove, Cancel ends `context`; at once if it came before. The caller keeps
  // `context` alive between the two.
  void Add(grpc::ClientContext* context);
  void Remove(grpc::ClientContext* context);

  // Ends one call, unless it has been removed.
  void CancelOne(grpc::ClientContext* context);

  // Waits for so long; false, and earlier, when cancelled.
  bool Sleep(absl::Duration duration);

 private:
  void AddChild(CancelState* child);
  void RemoveChild(CancelState* child);

  const std::shared_ptr<CancelState> parent_;

  mutable Mutex mutex_;
  CondVar changed_;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  std::set<grpc::ClientContext*> contexts_ ABSL_GUARDED_BY(mutex_);
  std::set<CancelState*> children_ ABSL_GUARDED_BY(mutex_);
};

// `context` belongs to `state` for as long as this lives.
class CancelScope {
 public:
  CancelScope(std::shared_ptr<CancelState> state, grpc::ClientContext* context)
      : state_(std::move(state)), context_(context) {
    state_->Add(context_);
  }
  ~CancelScope() { state_->Remove(context_); }
  CancelScope(const CancelScope&) = delete;
  CancelScope& operator=(const CancelScope&) = delete;

 private:
  const std::shared_ptr<CancelState> state_;
  grpc::ClientContext* const context_;
};

}  // namespace rsca::client::internal

#endif  // RSCA_CLIENT_CPP_CANCEL_STATE_H_
