#include "server/rpc/preload_application.h"

#include <memory>
#include <utility>

#include "common/mutex.h"
#include "common/status.h"
#include "server/actions/errors.h"
#include "server/rpc/convert_listeners.h"

namespace rsca::rpc {
namespace {

// Ends the call with whatever comes first: the protocol managers' answer, the client's leaving, or
// the server's limit. Outlives the reactor.
class Call {
 public:
  Call(grpc::ServerUnaryReactor* reactor, v1::PreloadApplicationResponse* response)
      : reactor_(reactor), response_(response) {}

  void Complete(const absl::StatusOr<actions::ApplicationInfo>& info) {
    MutexLock lock(&mutex_);
    if (reactor_ == nullptr) return;
    if (info.ok()) *response_->mutable_application() = ToProto(*info);
    // From here on the reactor may be gone.
    std::exchange(reactor_, nullptr)->Finish(ToGrpcStatus(info.status()));
  }

 private:
  Mutex mutex_;
  grpc::ServerUnaryReactor* reactor_ ABSL_GUARDED_BY(mutex_);
  v1::PreloadApplicationResponse* const response_;
};

class Reactor final : public grpc::ServerUnaryReactor {
 public:
  explicit Reactor(v1::PreloadApplicationResponse* response)
      : call_(std::make_shared<Call>(this, response)) {}

  const std::shared_ptr<Call>& call() const { return call_; }

  // The client cancelled or its deadline passed.
  void OnCancel() override { call_->Complete(absl::CancelledError("the client has gone")); }
  void OnDone() override { delete this; }

 private:
  const std::shared_ptr<Call> call_;
};

}  // namespace

grpc::ServerUnaryReactor* PreloadApplication::Handle(
    const v1::PreloadApplicationRequest& request, v1::PreloadApplicationResponse* response) const {
  auto* reactor = new Reactor(response);
  const std::shared_ptr<Call> call = reactor->call();
  const auto name = ParseApplicationName(request.name());
  if (!name.ok()) {
    call->Complete(name.status());
    return reactor;
  }
  const absl::Duration limit = context_->limits.run_timeout;
  const Timers::Id timer = context_->timers->After(
      limit, [weak = std::weak_ptr<Call>(call), application = name->application, limit] {
        if (const auto late = weak.lock()) {
          late->Complete(actions::PluginTimeout(application, "preload", limit));
        }
      });
  const absl::Status begun =
      context_->pools->Preload(name->pool, name->application,
                               [call, timers = context_->timers,
                                timer](const absl::StatusOr<actions::ApplicationInfo>& info) {
                                 timers->Cancel(timer);
                                 call->Complete(info);
                               });
  if (!begun.ok()) {
    context_->timers->Cancel(timer);
    call->Complete(begun);
  }
  return reactor;
}

}  // namespace rsca::rpc
