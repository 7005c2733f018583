// One streaming RPC of results as a ResultSource.
#ifndef RSCA_CLIENT_CPP_GRPC_RESULT_SOURCE_H_
#define RSCA_CLIENT_CPP_GRPC_RESULT_SOURCE_H_

#include <memory>
#include <utility>

#include "client/cpp/grpc_stream.h"
#include "client/cpp/result_source.h"

namespace rsca::client::internal {

class GrpcResultSource final : public ResultSource {
 public:
  using Stream = GrpcStream<v1::ResultStreamResponse>;
  using Reader = Stream::Reader;

  GrpcResultSource(std::shared_ptr<Connection> connection, std::shared_ptr<CancelState> cancel,
                   absl::Duration heartbeat_interval, const Stream::Start& start)
      : stream_(std::move(connection), std::move(cancel), heartbeat_interval, start) {}

  absl::StatusOr<bool> Next(v1::ResultStreamResponse* message) override {
    return stream_.Next(message);
  }

 private:
  Stream stream_;
};

}  // namespace rsca::client::internal

#endif  // RSCA_CLIENT_CPP_GRPC_RESULT_SOURCE_H_
