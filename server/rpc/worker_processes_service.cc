#include "server/rpc/worker_processes_service.h"

#include "server/rpc/unary_reply.h"

namespace rsca::rpc {
namespace {

constexpr size_t kMaxWatchStreams = 1000;

}  // namespace

WorkerProcessesService::WorkerProcessesService(const ServiceContext& context)
    : context_(context),
      streams_(kMaxWatchStreams, context.timers),
      list_worker_pools_(&context_),
      get_worker_pool_(&context_),
      start_worker_pool_(&context_),
      stop_worker_pool_(&context_),
      recycle_worker_pool_(&context_),
      list_workers_(&context_),
      get_worker_(&context_),
      recycle_worker_(&context_),
      watch_worker_processes_(&context_) {}

grpc::ServerUnaryReactor* WorkerProcessesService::ListWorkerPools(
    grpc::CallbackServerContext* context, const v1::ListWorkerPoolsRequest* request,
    v1::ListWorkerPoolsResponse* response) {
  return Reply(context, list_worker_pools_.Handle(*request, response));
}

grpc::ServerUnaryReactor* WorkerProcessesService::GetWorkerPool(
    grpc::CallbackServerContext* context, const v1::GetWorkerPoolRequest* request,
    v1::GetWorkerPoolResponse* response) {
  return Reply(context, get_worker_pool_.Handle(*request, response));
}

grpc::ServerUnaryReactor* WorkerProcessesService::StartWorkerPool(
    grpc::CallbackServerContext* context, const v1::StartWorkerPoolRequest* request,
    v1::StartWorkerPoolResponse* response) {
  return Reply(context, start_worker_pool_.Handle(*request, response));
}

grpc::ServerUnaryReactor* WorkerProcessesService::StopWorkerPool(
    grpc::CallbackServerContext* context, const v1::StopWorkerPoolRequest* request,
    v1::StopWorkerPoolResponse* response) {
  return Reply(context, stop_worker_pool_.Handle(*request, PrincipalOf(*context), response));
}

grpc::ServerUnaryReactor* WorkerProcessesService::RecycleWorkerPool(
    grpc::CallbackServerContext* context, const v1::RecycleWorkerPoolRequest* request,
    v1::RecycleWorkerPoolResponse* response) {
  return Reply(context, recycle_worker_pool_.Handle(*request, PrincipalOf(*context), response));
}

grpc::ServerUnaryReactor* WorkerProcessesService::ListWorkers(grpc::CallbackServerContext* context,
                                                              const v1::ListWorkersRequest* request,
                                                              v1::ListWorkersResponse* response) {
  return Reply(context, list_workers_.Handle(*request, response));
}

grpc::ServerUnaryReactor* WorkerProcessesService::GetWorker(grpc::CallbackServerContext* context,
                                                            const v1::GetWorkerRequest* request,
                                                            v1::GetWorkerResponse* response) {
  return Reply(context, get_worker_.Handle(*request, response));
}

grpc::ServerUnaryReactor* WorkerProcessesService::RecycleWorker(
    grpc::CallbackServerContext* context, const v1::RecycleWorkerRequest* request,
    v1::RecycleWorkerResponse* response) {
  return Reply(context, recycle_worker_.Handle(*request, PrincipalOf(*context), response));
}

grpc::ServerWriteReactor<v1::WatchWorkerProcessesResponse>*
WorkerProcessesService::WatchWorkerProcesses(grpc::CallbackServerContext* /*context*/,
                                             const v1::WatchWorkerProcessesRequest* request) {
  return watch_worker_processes_.Handle(*request, &streams_);
}

}  // namespace rsca::rpc
