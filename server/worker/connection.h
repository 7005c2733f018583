// The worker's connection to its server, made before the worker confines itself.
#ifndef RSCA_SERVER_WORKER_CONNECTION_H_
#define RSCA_SERVER_WORKER_CONNECTION_H_

#include <grpcpp/channel.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/unique_fd.h"

namespace rsca::worker {

// Connects to `unix:PATH`. Starts no thread and does not touch gRPC.
absl::StatusOr<UniqueFd> ConnectToServer(const std::string& target);

// Takes the connection over. There is no other once it is lost.
std::shared_ptr<grpc::Channel> MakeChannel(const std::string& target, UniqueFd connection);

}  // namespace rsca::worker

#endif  // RSCA_SERVER_WORKER_CONNECTION_H_
