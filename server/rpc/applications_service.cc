#include "server/rpc/applications_service.h"

#include "server/rpc/unary_call.h"

namespace rsca::rpc {

ApplicationsService::ApplicationsService(const ServiceContext& context)
    : context_(context), list_applications_(&context_), preload_application_(&context_) {}

void ApplicationsService::AddTo(grpc::ServerBuilder* builder, CallQueues* queues) {
  builder->RegisterService(&raw_);
  ServeUnary(queues, &raw_, &Raw::RequestListApplications, list_applications_,
             &ListApplications::Handle);
  ServeUnary(queues, &raw_, &Raw::RequestPreloadApplication, preload_application_,
             &PreloadApplication::Handle);
}

}  // namespace rsca::rpc
