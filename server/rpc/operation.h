// What the tags of the completion queues point to.
#ifndef RSCA_SERVER_RPC_OPERATION_H_
#define RSCA_SERVER_RPC_OPERATION_H_

#include <atomic>
#include <memory>
#include <utility>

namespace rsca::rpc {

class Operation {
 public:
  virtual ~Operation() = default;
  // On a thread of the completion queue. Must not block.
  virtual void Complete(bool ok) = 0;
};

// An operation that is a part of its call, and keeps it alive until it has completed.
template <typename Call, void (Call::*kMethod)(bool)>
class CallOperation final : public Operation {
 public:
  // The tag for an operation that now begins.
  void* Begin(std::shared_ptr<Call> call) {
    call_ = std::move(call);
    begun_.store(true, std::memory_order_release);
    return this;
  }
  // It will not complete after all.
  void Drop() { call_.reset(); }

  void Complete(bool ok) override {
    begun_.load(std::memory_order_acquire);
    const std::shared_ptr<Call> call = std::move(call_);
    (call.get()->*kMethod)(ok);
  }

 private:
  std::shared_ptr<Call> call_;
  // gRPC's queue puts Begin before Complete, but ThreadSanitizer cannot see that.
  std::atomic<bool> begun_{false};
};

}  // namespace rsca::rpc

#endif  // RSCA_SERVER_RPC_OPERATION_H_
