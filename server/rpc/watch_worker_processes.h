// WatchWorkerProcesses: see protos/rsca/v1/worker_processes.proto.
#ifndef RSCA_SERVER_RPC_WATCH_WORKER_PROCESSES_H_
#define RSCA_SERVER_RPC_WATCH_WORKER_PROCESSES_H_

#include <memory>

#include "rsca/v1/worker_processes.pb.h"
#include "server/rpc/message_stream.h"
#include "server/rpc/service_context.h"

namespace rsca::rpc {

// Thread-safe.
class WatchWorkerProcesses {
 public:
  using Stream = MessageStream<v1::WatchWorkerProcessesResponse>;

  WatchWorkerProcesses(const ServiceContext* context, StreamSet* streams)
      : context_(context), streams_(streams) {}
  void Handle(const v1::WatchWorkerProcessesRequest& request,
              const std::shared_ptr<Stream>& stream) const;

 private:
  const ServiceContext* const context_;
  StreamSet* const streams_;
};

}  // namespace rsca::rpc

#endif  // RSCA_SERVER_RPC_WATCH_WORKER_PROCESSES_H_
