// What stands behind a PoolEventStream: RPCs that may break, as one stream that does not.
#ifndef RSCA_CLIENT_CPP_POOL_WATCH_H_
#define RSCA_CLIENT_CPP_POOL_WATCH_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "client/cpp/cancel_state.h"
#include "client/cpp/connection.h"
#include "client/cpp/grpc_stream.h"
#include "client/cpp/rejoin.h"
#include "rsca/client/options.h"
#include "rsca/v1/worker_processes.pb.h"

namespace rsca::client::internal {

// For one thread at a time, but for Cancel.
class PoolWatch {
 public:
  // Returns once the server has accepted.
  static absl::StatusOr<std::unique_ptr<PoolWatch>> Open(std::shared_ptr<Connection> connection,
                                                         const WatchOptions& options);

  absl::StatusOr<v1::WorkerProcessEvent> Next();
  const std::string& server_start() const { return server_start_; }
  uint64_t last_sequence() const { return last_; }
  void Cancel() { cancel_->Cancel(); }

 private:
  PoolWatch(std::shared_ptr<Connection> connection, const WatchOptions& options);

  bool joined() const { return !server_start_.empty(); }
  // Reads a message, joining again as often as that takes.
  absl::Status ReadMessage();
  // Takes a message in: its first events may have been seen before.
  absl::Status Accept();
  absl::Status PauseAfter(const absl::Status& loss);
  void StartCall();

  const std::shared_ptr<Connection> connection_;
  const std::shared_ptr<CancelState> cancel_;
  const bool all_pools_;
  v1::WatchWorkerProcessesRequest request_;
  const absl::Duration heartbeat_interval_;
  Rejoin rejoin_;
  std::unique_ptr<GrpcStream<v1::WatchWorkerProcessesResponse>> call_;
  v1::WatchWorkerProcessesResponse message_;
  int next_event_ = 0;
  std::string server_start_;
  uint64_t last_ = 0;
  absl::Status status_;
};

}  // namespace rsca::client::internal

#endif  // RSCA_CLIENT_CPP_POOL_WATCH_H_
