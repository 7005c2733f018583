// The gRPC service rsca.v1.Applications: brings each call to the class of its RPC.
#ifndef RSCA_SERVER_RPC_APPLICATIONS_SERVICE_H_
#define RSCA_SERVER_RPC_APPLICATIONS_SERVICE_H_

#include "rsca/v1/applications.grpc.pb.h"
#include "server/rpc/list_applications.h"
#include "server/rpc/preload_application.h"

namespace rsca::rpc {

// Thread-safe.
class ApplicationsService final : public v1::Applications::CallbackService {
 public:
  explicit ApplicationsService(const ServiceContext& context)
      : context_(context), list_applications_(&context_), preload_application_(&context_) {}

  grpc::ServerUnaryReactor* ListApplications(grpc::CallbackServerContext* context,
                                             const v1::ListApplicationsRequest* request,
                                             v1::ListApplicationsResponse* response) override;
  grpc::ServerUnaryReactor* PreloadApplication(grpc::CallbackServerContext* context,
                                               const v1::PreloadApplicationRequest* request,
                                               v1::PreloadApplicationResponse* response) override;

 private:
  const ServiceContext context_;
  const rpc::ListApplications list_applications_;
  const rpc::PreloadApplication preload_application_;
};

}  // namespace rsca::rpc

#endif  // RSCA_SERVER_RPC_APPLICATIONS_SERVICE_H_
