#include "server/rpc/wire_encoder.h"

#include "rsca/v1/result.pb.h"
#include "server/rpc/convert.h"

namespace rsca::rpc {
namespace {

grpc::Slice Serialize(const v1::ResultStreamResponse& message) {
  grpc::Slice slice(message.ByteSizeLong());
  message.SerializeWithCachedSizesToArray(const_cast<uint8_t*>(slice.begin()));
  return slice;
}

}  // namespace

grpc::Slice WireEncoder::EncodeResult(const actions::NumberedResult& result) const {
  v1::ResultStreamResponse message;
  v1::Result* proto = message.add_results();
  proto->set_sequence(result.sequence);
  proto->set_hr_status(result.hr_status);
  proto->set_response(result.response.data(), result.response.size());
  *proto->mutable_report_time() = ToProto(result.report_time);
  if (result.outcome != nullptr) {
    proto->set_final(true);
    *proto->mutable_outcome() = ToProto(*result.outcome);
  }
  return Serialize(message);
}

grpc::Slice WireEncoder::EncodeInterruption(
    const actions::NumberedInterruption& interruption) const {
  v1::ResultStreamResponse message;
  v1::Interruption* proto = message.mutable_interruption();
  proto->set_sequence(interruption.sequence);
  proto->set_reason(interruption.reason.data(), interruption.reason.size());
  *proto->mutable_interrupt_time() = ToProto(interruption.time);
  return Serialize(message);
}

grpc::Slice WireEncoder::EncodeHeartbeat(uint64_t last_sequence, const std::string& notice) const {
  v1::ResultStreamResponse message;
  message.mutable_heartbeat()->set_last_sequence(last_sequence);
  message.mutable_heartbeat()->set_journal_error(notice);
  return Serialize(message);
}

grpc::Slice WireEncoder::EncodeRegistered(const actions::RegistrationInfo& info) const {
  v1::ResultStreamResponse message;
  *message.mutable_registered() = ToProto(info);
  return Serialize(message);
}

}  // namespace rsca::rpc
