#include "server/rpc/preload_application.h"

#include <utility>

#include "server/actions/errors.h"
#include "server/rpc/convert_listeners.h"

namespace rsca::rpc {

// The call ends with whatever comes first: the protocol managers' answer, the client's leaving, or
// the server's limit.
void PreloadApplication::Handle(const std::shared_ptr<Call>& call) const {
  const auto name = ParseApplicationName(call->request().name());
  if (!name.ok()) return call->Finish(name.status());
  const std::weak_ptr<Call> weak = call;
  const absl::Duration limit = context_->limits.run_timeout;
  const Timers::Id timer =
      context_->timers->After(limit, [weak, application = name->application, limit] {
        if (const auto late = weak.lock()) {
          late->Finish(actions::PluginTimeout(application, "preload", limit));
        }
      });
  const absl::Status begun =
      context_->pools->Preload(name->pool, name->application,
                               [weak, timers = context_->timers,
                                timer](const absl::StatusOr<actions::ApplicationInfo>& info) {
                                 timers->Cancel(timer);
                                 const auto waiting = weak.lock();
                                 if (waiting == nullptr) return;
                                 if (!info.ok()) return waiting->Finish(info.status());
                                 v1::PreloadApplicationResponse response;
                                 *response.mutable_application() = ToProto(*info);
                                 waiting->Finish(std::move(response));
                               });
  if (!begun.ok()) {
    context_->timers->Cancel(timer);
    call->Finish(begun);
  }
}

}  // namespace rsca::rpc
