// ListRegistrations: see protos/rsca/v1/custom_actions.proto.
#ifndef RSCA_SERVER_RPC_LIST_REGISTRATIONS_H_
#define RSCA_SERVER_RPC_LIST_REGISTRATIONS_H_

#include "absl/status/status.h"
#include "server/rpc/service_context.h"

namespace rsca::rpc {

// Thread-safe.
class ListRegistrations {
 public:
  explicit ListRegistrations(const ServiceContext* context) : context_(context) {}
  absl::Status Handle(const v1::ListRegistrationsRequest& request,
                      v1::ListRegistrationsResponse* response) const;

 private:
  const ServiceContext* const context_;
};

}  // namespace rsca::rpc

#endif  // RSCA_SERVER_RPC_LIST_REGISTRATIONS_H_
