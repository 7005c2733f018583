#include "server/rpc/get_registration.h"

namespace rsca::rpc {

absl::Status GetRegistration::Handle(const v1::GetRegistrationRequest& request,
                                     v1::GetRegistrationResponse* response) const {
  const auto registration = context_->registry->Find(request.name());
  if (!registration.ok()) return registration.status();
  *response->mutable_registration() = ToProto((*registration)->Info());
  return absl::OkStatus();
}

}  // namespace rsca::rpc
