// The worker's connection to its server, made before the worker confines itself.
#ifndef RSCA_SERVER_WORKER_CONNECTION_H_
#define RSCA_SERVER_WORKER_CONNECTION_H_

#include <grpcpp/channel.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/unique_fd.h"
#include "rsca/worker/v1/worker_link.pb.h"

namespace rsca::worker {

// Connects to `unix:PATH`. Starts no thread and does not touch gRPC.
absl::StatusOr<UniqueFd> ConnectToServer(const std::string& target);

// Takes the connection over. There is no other once it is lost.
std::shared_ptr<grpc::Channel> MakeChannel(const std::string& target, UniqueFd connection);

// What the worker says of itself first.
v1::Hello MakeHello(const v1::Bootstrap& bootstrap);

// Says, over the connection that it takes over, why the worker will not serve. Returns when the
// server has heard it, or cannot any more.
void TellNotConfined(const v1::Bootstrap& bootstrap, UniqueFd connection, const std::string& why);

}  // namespace rsca::worker

#endif  // RSCA_SERVER_WORKER_CONNECTION_H_
