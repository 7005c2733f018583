// From a registration to a stream of it.
#ifndef RSCA_SERVER_RPC_OPEN_STREAM_H_
#define RSCA_SERVER_RPC_OPEN_STREAM_H_

#include <cstdint>
#include <memory>
#include <optional>

#include "absl/status/statusor.h"
#include "server/rpc/service_context.h"
#include "server/rpc/stream_call.h"

namespace rsca::rpc {

// The registration's part of `stream`, from after a sequence on, or from the oldest result that is
// kept.
absl::StatusOr<delivery::Segment> MakeSegment(
    const ServiceContext& context, const std::shared_ptr<actions::Registration>& registration,
    std::optional<uint64_t> after, const std::shared_ptr<delivery::Stream>& stream);

// Streams the registration to the call, or rejects the call.
void OpenStream(const ServiceContext& context, const std::shared_ptr<StreamCall>& call,
                const delivery::StreamOptions& options,
                const std::shared_ptr<actions::Registration>& registration,
                std::optional<uint64_t> after);

// An `optional uint64` field.
template <typename Request>
std::optional<uint64_t> AfterSequence(const Request& request) {
  if (!request.has_after_sequence()) return std::nullopt;
  return request.after_sequence();
}

}  // namespace rsca::rpc

#endif  // RSCA_SERVER_RPC_OPEN_STREAM_H_
