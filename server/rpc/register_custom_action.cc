#include "server/rpc/register_custom_action.h"

#include "server/rpc/open_stream.h"

namespace rsca::rpc {
namespace {

absl::StatusOr<actions::RegisterRequest> FromProto(const v1::RegisterCustomActionRequest& proto,
                                                   const StreamCall& call) {
  actions::RegisterRequest request;
  request.function = proto.function();
  request.arguments = proto.arguments();
  request.request_id = proto.request_id();
  request.owner = call.Principal();
  if (proto.has_detach_grace()) {
    const auto grace = rpc::FromProto("detach_grace", proto.detach_grace());
    if (!grace.ok()) return grace.status();
    request.detach_grace = *grace;
  }
  request.durable = proto.durable();
  if (proto.has_ttl()) {
    const auto ttl = rpc::FromProto("ttl", proto.ttl());
    if (!ttl.ok()) return ttl.status();
    request.ttl = *ttl;
  }
  return request;
}

}  // namespace

void RegisterCustomAction::Handle(const std::shared_ptr<StreamCall>& call) const {
  v1::RegisterCustomActionRequest proto;
  if (absl::Status status = call->Parse(&proto); !status.ok()) return call->Reject(status);
  const auto options = StreamOptionsOf(proto, context_->stream_defaults);
  if (!options.ok()) return call->Reject(options.status());
  const auto request = FromProto(proto, *call);
  if (!request.ok()) return call->Reject(request.status());
  context_->registry->Register(
      *request, [context = context_, call, options = *options, after = AfterSequence(proto)](
                    absl::StatusOr<std::shared_ptr<actions::Registration>> registration) {
        if (!registration.ok()) return call->Reject(registration.status());
        OpenStream(*context, call, options, *registration, after);
      });
}

}  // namespace rsca::rpc
