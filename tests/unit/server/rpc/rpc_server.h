// A gRPC server on a socket of its own, with call queues, for the services of one test.
#ifndef RSCA_TESTS_UNIT_SERVER_RPC_RPC_SERVER_H_
#define RSCA_TESTS_UNIT_SERVER_RPC_RPC_SERVER_H_

#include <grpcpp/create_channel.h>
#include <grpcpp/server_builder.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "server/rpc/call_queues.h"
#include "tests/support/temp_dir.h"

namespace rsca::rpc {

class RpcServer {
 public:
  // `add` adds the services, which outlive it.
  explicit RpcServer(const std::function<void(grpc::ServerBuilder*, CallQueues*)>& add) {
    const std::string address = "unix:" + dir_.File("server.sock");
    grpc::ServerBuilder builder;
    builder.AddListeningPort(address, grpc::InsecureServerCredentials());
    queues_.AddTo(&builder);
    add(&builder, &queues_);
    server_ = builder.BuildAndStart();
    queues_.Start();
    channel_ = grpc::CreateChannel(address, grpc::InsecureChannelCredentials());
  }
  ~RpcServer() { Shutdown(); }

  // Cancels the calls that are under way and waits for their end.
  void Shutdown() {
    server_->Shutdown(std::chrono::system_clock::now());
    queues_.Stop();
  }

  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }

 private:
  const support::TempDir dir_;
  CallQueues queues_;
  std::unique_ptr<grpc::Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
};

}  // namespace rsca::rpc

#endif  // RSCA_TESTS_UNIT_SERVER_RPC_RPC_SERVER_H_
