// WatchWorkerProcesses: see protos/rsca/v1/worker_processes.proto.
#ifndef RSCA_SERVER_RPC_WATCH_WORKER_PROCESSES_H_
#define RSCA_SERVER_RPC_WATCH_WORKER_PROCESSES_H_

#include "rsca/v1/worker_processes.pb.h"
#include "server/rpc/message_stream.h"
#include "server/rpc/service_context.h"

namespace rsca::rpc {

// Thread-safe.
class WatchWorkerProcesses {
 public:
  explicit WatchWorkerProcesses(const ServiceContext* context) : context_(context) {}

  // The reactor deletes itself.
  grpc::ServerWriteReactor<v1::WatchWorkerProcessesResponse>* Handle(
      const v1::WatchWorkerProcessesRequest& request, StreamSet* streams) const;

 private:
  const ServiceContext* const context_;
};

}  // namespace rsca::rpc

#endif  // RSCA_SERVER_RPC_WATCH_WORKER_PROCESSES_H_
