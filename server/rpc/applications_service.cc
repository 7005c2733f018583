#include "server/rpc/applications_service.h"

#include "server/rpc/unary_reply.h"

namespace rsca::rpc {

grpc::ServerUnaryReactor* ApplicationsService::ListApplications(
    grpc::CallbackServerContext* context, const v1::ListApplicationsRequest* request,
    v1::ListApplicationsResponse* response) {
  return Reply(context, list_applications_.Handle(*request, response));
}

grpc::ServerUnaryReactor* ApplicationsService::PreloadApplication(
    grpc::CallbackServerContext* /*context*/, const v1::PreloadApplicationRequest* request,
    v1::PreloadApplicationResponse* response) {
  return preload_application_.Handle(*request, response);
}

}  // namespace rsca::rpc
