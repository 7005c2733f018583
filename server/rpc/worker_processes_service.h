// The gRPC service rsca.v1.WorkerProcesses: brings each call to the class of its RPC.
#ifndef RSCA_SERVER_RPC_WORKER_PROCESSES_SERVICE_H_
#define RSCA_SERVER_RPC_WORKER_PROCESSES_SERVICE_H_

#include <grpcpp/server_builder.h>

#include "rsca/v1/worker_processes.grpc.pb.h"
#include "server/rpc/call_queues.h"
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

class WorkerProcessesService {
 public:
  explicit WorkerProcessesService(const ServiceContext& context);

  // Before the server is built and the queues start. Outlives both.
  void AddTo(grpc::ServerBuilder* builder, CallQueues* queues);

  // Its watch streams.
  StreamSet& streams() { return streams_; }

 private:
  using V1 = v1::WorkerProcesses;
  using Raw = V1::WithRawMethod_ListWorkerPools<V1::WithRawMethod_GetWorkerPool<
      V1::WithRawMethod_StartWorkerPool<V1::WithRawMethod_StopWorkerPool<
          V1::WithRawMethod_RecycleWorkerPool<V1::WithRawMethod_ListWorkers<
              V1::WithRawMethod_GetWorker<V1::WithRawMethod_RecycleWorker<
                  V1::WithRawMethod_WatchWorkerProcesses<V1::Service>>>>>>>>>;

  const ServiceContext context_;
  StreamSet streams_;
  const ListWorkerPools list_worker_pools_;
  const GetWorkerPool get_worker_pool_;
  const StartWorkerPool start_worker_pool_;
  const StopWorkerPool stop_worker_pool_;
  const RecycleWorkerPool recycle_worker_pool_;
  const ListWorkers list_workers_;
  const GetWorker get_worker_;
  const RecycleWorker recycle_worker_;
  const WatchWorkerProcesses watch_worker_processes_;
  Raw raw_;
};

}  // namespace rsca::rpc

#endif  // RSCA_SERVER_RPC_WORKER_PROCESSES_SERVICE_H_
