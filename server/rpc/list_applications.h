// ListApplications: see protos/rsca/v1/applications.proto.
#ifndef RSCA_SERVER_RPC_LIST_APPLICATIONS_H_
#define RSCA_SERVER_RPC_LIST_APPLICATIONS_H_

#include "absl/status/status.h"
#include "rsca/v1/applications.pb.h"
#include "server/rpc/service_context.h"

namespace rsca::rpc {

// Thread-safe.
class ListApplications {
 public:
  explicit ListApplications(const ServiceContext* context) : context_(context) {}
  absl::Status Handle(const v1::ListApplicationsRequest& request,
                      v1::ListApplicationsResponse* response) const;

 private:
  const ServiceContext* const context_;
};

}  // namespace rsca::rpc

#endif  // RSCA_SERVER_RPC_LIST_APPLICATIONS_H_
