#include "server/rpc/worker_processes_service.h"

#include "server/rpc/unary_call.h"

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
      watch_worker_processes_(&context_, &streams_) {}

void WorkerProcessesService::AddTo(grpc::ServerBuilder* builder, CallQueues* queues) {
  builder->RegisterService(&raw_);
  ServeUnary(queues, &raw_, &Raw::RequestListWorkerPools, list_worker_pools_,
             &ListWorkerPools::Handle);
  ServeUnary(queues, &raw_, &Raw::RequestGetWorkerPool, get_worker_pool_, &GetWorkerPool::Handle);
  ServeUnary(queues, &raw_, &Raw::RequestStartWorkerPool, start_worker_pool_,
             &StartWorkerPool::Handle);
  ServeUnary(queues, &raw_, &Raw::RequestStopWorkerPool, stop_worker_pool_,
             &StopWorkerPool::Handle);
  ServeUnary(queues, &raw_, &Raw::RequestRecycleWorkerPool, recycle_worker_pool_,
             &RecycleWorkerPool::Handle);
  ServeUnary(queues, &raw_, &Raw::RequestListWorkers, list_workers_, &ListWorkers::Handle);
  ServeUnary(queues, &raw_, &Raw::RequestGetWorker, get_worker_, &GetWorker::Handle);
  ServeUnary(queues, &raw_, &Raw::RequestRecycleWorker, recycle_worker_, &RecycleWorker::Handle);
  ServeMessages(queues, &raw_, &Raw::RequestWatchWorkerProcesses, watch_worker_processes_,
                &WatchWorkerProcesses::Handle);
}

}  // namespace rsca::rpc
