// One streaming RPC as a ResultSource.
#ifndef RSCA_CLIENT_CPP_GRPC_RESULT_SOURCE_H_
#define RSCA_CLIENT_CPP_GRPC_RESULT_SOURCE_H_

#include <grpcpp/client_context.h>
#include <grpcpp/support/sync_stream.h>

#include <functional>
#include <memory>

#include "client/cpp/cancel_state.h"
#include "client/cpp/connection.h"
#include "client/cpp/result_source.h"
#include "client/cpp/silence_watch.h"

namespace rsca::client::internal {

// Reads with gRPC's synchronous API: the thread in Next polls the socket itself, so a result is
// there without a change of threads, and nothing is read that nobody asked for.
//
// Next returns UNAVAILABLE when the server has gone silent.
class GrpcResultSource final : public ResultSource {
 public:
  using Reader = grpc::ClientReaderInterface<v1::ResultStreamResponse>;
  // Begins the RPC. Blocks until the connection stands or the call has failed.
  using Start = std::function<std::unique_ptr<Reader>(grpc::ClientContext* context)>;

  GrpcResultSource(std::shared_ptr<Connection> connection, std::shared_ptr<CancelState> cancel,
                   absl::Duration heartbeat_interval, const Start& start);
  ~GrpcResultSource() override;

  absl::StatusOr<bool> Next(v1::ResultStreamResponse* message) override;

 private:
  absl::Status Finish();

  const std::shared_ptr<Connection> connection_;
  const std::shared_ptr<CancelState> cancel_;
  const absl::Duration heartbeat_interval_;
  grpc::ClientContext context_;
  CancelScope cancel_scope_;
  std::unique_ptr<Reader> reader_;  // none after Finish
  std::shared_ptr<SilenceWatch> watch_;
};

}  // namespace rsca::client::internal

#endif  // RSCA_CLIENT_CPP_GRPC_RESULT_SOURCE_H_
