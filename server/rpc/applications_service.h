// The gRPC service rsca.v1.Applications: brings each call to the class of its RPC.
#ifndef RSCA_SERVER_RPC_APPLICATIONS_SERVICE_H_
#define RSCA_SERVER_RPC_APPLICATIONS_SERVICE_H_

#include <grpcpp/server_builder.h>

#include "rsca/v1/applications.grpc.pb.h"
#include "server/rpc/call_queues.h"
#include "server/rpc/list_applications.h"
#include "server/rpc/preload_application.h"

namespace rsca::rpc {

class ApplicationsService {
 public:
  explicit ApplicationsService(const ServiceContext& context);

  // Before the server is built and the queues start. Outlives both.
  void AddTo(grpc::ServerBuilder* builder, CallQueues* queues);

 private:
  using V1 = v1::Applications;
  using Raw = V1::WithRawMethod_ListApplications<V1::WithRawMethod_PreloadApplication<V1::Service>>;

  const ServiceContext context_;
  const ListApplications list_applications_;
  const PreloadApplication preload_application_;
  Raw raw_;
};

}  // namespace rsca::rpc

#endif  // RSCA_SERVER_RPC_APPLICATIONS_SERVICE_H_
