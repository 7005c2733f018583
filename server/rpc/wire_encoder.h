// The bytes of rsca.v1.ResultStreamResponse: made once, stored, and sent to every stream as they
// are. Messages of several results are such bytes one after the other.
#ifndef RSCA_SERVER_RPC_WIRE_ENCODER_H_
#define RSCA_SERVER_RPC_WIRE_ENCODER_H_

#include "server/actions/types.h"
#include "server/delivery/stream.h"

namespace rsca::rpc {

// Thread-safe.
class WireEncoder final : public actions::ResultEncoder, public delivery::HeartbeatEncoder {
 public:
  grpc::Slice EncodeResult(const actions::NumberedResult& result) const override;
  grpc::Slice EncodeResults(absl::Span<const actions::NumberedResult> results,
                            std::vector<size_t>* ends) const override;
  grpc::Slice EncodeInterruption(const actions::NumberedInterruption& interruption) const override;
  grpc::Slice EncodeHeartbeat(uint64_t last_sequence, const std::string& notice) const override;
  grpc::Slice EncodeRegistered(const actions::RegistrationInfo& info) const;
};

}  // namespace rsca::rpc

#endif  // RSCA_SERVER_RPC_WIRE_ENCODER_H_
