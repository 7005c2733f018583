// The gRPC service rsca.v1.WorkerProcesses: brings each call to the class of its RPC.
#ifndef RSCA_SERVER_RPC_WORKER_PROCESSES_SERVICE_H_
#define RSCA_SERVER_RPC_WORKER_PROCESSES_SERVICE_H_

#include "rsca/v1/worker_processes.grpc.pb.h"
#include "server/rpc/get_worker.h"
#include "server/rpc/get_worker_pool.h"
#include "server/rpc/list_worker_pools.h"
#include "server/rpc/list_workers.h"
#include "server/rpc/recycle_worker.h"
#include "server/rpc/recycle_worker_pool.h"
#include "server/rpc/start_worker_pool.h"
#include "server/rpc/stop_worker_pool.h"
#include "server/rpc/stream_set.h"
#include "server/rpc/watch_worker_processes.h"

namespace rsca::rpc {

// Thread-safe.
class WorkerProcessesService final : public v1::WorkerProcesses::CallbackService {
 public:
  explicit WorkerProcessesService(const ServiceContext& context);

  // Its watch streams.
  StreamSet& streams() { return streams_; }

  grpc::ServerUnaryReactor* ListWorkerPools(grpc::CallbackServerContext* context,
                                            const v1::ListWorkerPoolsRequest* request,
                                            v1::ListWorkerPoolsResponse* response) override;
  grpc::ServerUnaryReactor* GetWorkerPool(grpc::CallbackServerContext* context,
                                          const v1::GetWorkerPoolRequest* request,
                                          v1::GetWorkerPoolResponse* response) override;
  grpc::ServerUnaryReactor* StartWorkerPool(grpc::CallbackServerContext* context,
                                            const v1::StartWorkerPoolRequest* request,
                                            v1::StartWorkerPoolResponse* response) override;
  grpc::ServerUnaryReactor* StopWorkerPool(grpc::CallbackServerContext* context,
                                           const v1::StopWorkerPoolRequest* request,
                                           v1::StopWorkerPoolResponse* response) override;
  grpc::ServerUnaryReactor* RecycleWorkerPool(grpc::CallbackServerContext* context,
                                              const v1::RecycleWorkerPoolRequest* request,
                                              v1::RecycleWorkerPoolResponse* response) override;
  grpc::ServerUnaryReactor* ListWorkers(grpc::CallbackServerContext* context,
                                        const v1::ListWorkersRequest* request,
                                        v1::ListWorkersResponse* response) override;
  grpc::ServerUnaryReactor* GetWorker(grpc::CallbackServerContext* context,
                                      const v1::GetWorkerRequest* request,
                                      v1::GetWorkerResponse* response) override;
  grpc::ServerUnaryReactor* RecycleWorker(grpc::CallbackServerContext* context,
                                          const v1::RecycleWorkerRequest* request,
                                          v1::RecycleWorkerResponse* response) override;
  grpc::ServerWriteReactor<v1::WatchWorkerProcessesResponse>* WatchWorkerProcesses(
      grpc::CallbackServerContext* context,
      const v1::WatchWorkerProcessesRequest* request) override;

 private:
  const ServiceContext context_;
  StreamSet streams_;
  const rpc::ListWorkerPools list_worker_pools_;
  const rpc::GetWorkerPool get_worker_pool_;
  const rpc::StartWorkerPool start_worker_pool_;
  const rpc::StopWorkerPool stop_worker_pool_;
  const rpc::RecycleWorkerPool recycle_worker_pool_;
  const rpc::ListWorkers list_workers_;
  const rpc::GetWorker get_worker_;
  const rpc::RecycleWorker recycle_worker_;
  const rpc::WatchWorkerProcesses watch_worker_processes_;
};

}  // namespace rsca::rpc

#endif  // RSCA_SERVER_RPC_WORKER_PROCESSES_SERVICE_H_
