#include "server/rpc/wire_encoder.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/timestamp.pb.h>
#include <google/protobuf/wire_format_lite.h>

#include <cstring>

#include "rsca/v1/result.pb.h"
#include "server/rpc/convert.h"

namespace rsca::rpc {
namespace {

grpc::Slice Serialize(const v1::ResultStreamResponse& message) {
  grpc::Slice slice(message.ByteSizeLong());
  message.SerializeWithCachedSizesToArray(const_cast<uint8_t*>(slice.begin()));
  return slice;
}

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedOutputStream;

uint32_t TagOf(int field, WireFormatLite::WireType type) {
  return WireFormatLite::MakeTag(field, type);
}

size_t VarintField(uint64_t value) {
  return value == 0 ? 0 : 1 + CodedOutputStream::VarintSize64(value);
}

uint8_t* WriteVarintField(int field, uint64_t value, uint8_t* out) {
  if (value == 0) return out;
  out = CodedOutputStream::WriteTagToArray(TagOf(field, WireFormatLite::WIRETYPE_VARINT), out);
  return CodedOutputStream::WriteVarint64ToArray(value, out);
}

uint8_t* BeginField(int field, size_t size, uint8_t* out) {
  out = CodedOutputStream::WriteTagToArray(TagOf(field, WireFormatLite::WIRETYPE_LENGTH_DELIMITED),
                                           out);
  return CodedOutputStream::WriteVarint32ToArray(static_cast<uint32_t>(size), out);
}

size_t LengthDelimited(size_t size) {
  return 1 + CodedOutputStream::VarintSize32(static_cast<uint32_t>(size)) + size;
}

// What protobuf would write for a result that is not final, byte for byte, without the message:
// every result comes this way, and the message would be its most expensive part.
class PlainResult {
 public:
  explicit PlainResult(const actions::NumberedResult& result) : result_(result) {
    const int64_t time = absl::ToUnixNanos(result.report_time);
    const int64_t nanos = (time % kNanosPerSecond + kNanosPerSecond) % kNanosPerSecond;
    seconds_ = static_cast<uint64_t>((time - nanos) / kNanosPerSecond);
    nanos_ = static_cast<uint64_t>(nanos);
    time_size_ = VarintField(seconds_) + VarintField(nanos_);
    size_ = VarintField(result.sequence) + (result.hr_status == 0 ? 0 : 5) +
            (result.response.empty() ? 0 : LengthDelimited(result.response.size())) +
            LengthDelimited(time_size_);
  }

  size_t size() const { return LengthDelimited(size_); }

  uint8_t* Write(uint8_t* out) const {
    out = BeginField(v1::ResultStreamResponse::kResultsFieldNumber, size_, out);
    out = WriteVarintField(v1::Result::kSequenceFieldNumber, result_.sequence, out);
    if (result_.hr_status != 0) {
      out = WireFormatLite::WriteSFixed32ToArray(v1::Result::kHrStatusFieldNumber,
                                                 result_.hr_status, out);
    }
    if (!result_.response.empty()) {
      out = BeginField(v1::Result::kResponseFieldNumber, result_.response.size(), out);
      std::memcpy(out, result_.response.data(), result_.response.size());
      out += result_.response.size();
    }
    out = BeginField(v1::Result::kReportTimeFieldNumber, time_size_, out);
    out = WriteVarintField(google::protobuf::Timestamp::kSecondsFieldNumber, seconds_, out);
    return WriteVarintField(google::protobuf::Timestamp::kNanosFieldNumber, nanos_, out);
  }

 private:
  static constexpr int64_t kNanosPerSecond = 1'000'000'000;

  const actions::NumberedResult& result_;
  uint64_t seconds_ = 0;
  uint64_t nanos_ = 0;
  size_t time_size_ = 0;
  size_t size_ = 0;
};

}  // namespace

grpc::Slice WireEncoder::EncodeResult(const actions::NumberedResult& result) const {
  if (result.outcome == nullptr) {
    std::vector<size_t> ends;
    return EncodeResults({&result, 1}, &ends);
  }
  v1::ResultStreamResponse message;
  v1::Result* proto = message.add_results();
  proto->set_sequence(result.sequence);
  proto->set_hr_status(result.hr_status);
  proto->set_final(true);
  proto->set_response(result.response.data(), result.response.size());
  *proto->mutable_report_time() = ToProto(result.report_time);
  *proto->mutable_outcome() = ToProto(*result.outcome);
  return Serialize(message);
}

grpc::Slice WireEncoder::EncodeResults(absl::Span<const actions::NumberedResult> results,
                                       std::vector<size_t>* ends) const {
  std::vector<PlainResult> plain(results.begin(), results.end());
  size_t size = 0;
  for (const PlainResult& result : plain) ends->push_back(size += result.size());
  grpc::Slice slice(size);
  auto* out = const_cast<uint8_t*>(slice.begin());
  for (const PlainResult& result : plain) out = result.Write(out);
  return slice;
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
