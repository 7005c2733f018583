#include "server/rpc/attach_custom_action.h"

#include "server/rpc/open_stream.h"

namespace rsca::rpc {

void AttachCustomAction::Handle(const std::shared_ptr<StreamCall>& call) const {
  v1::AttachCustomActionRequest request;
  if (absl::Status status = call->Parse(&request); !status.ok()) return call->Reject(status);
  const auto options = StreamOptionsOf(request, context_->stream_defaults);
  if (!options.ok()) return call->Reject(options.status());
  const auto registration = context_->registry->Find(request.name());
  if (!registration.ok()) return call->Reject(registration.status());
  (*registration)
      ->WhenStarted([context = context_, call, options = *options, registration = *registration,
                     after = AfterSequence(request)](const absl::Status& status) {
        if (!status.ok()) return call->Reject(status);
        OpenStream(*context, call, options, registration, after);
      });
}

}  // namespace rsca::rpc
