#include "tests/soak/raw_stream.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status.h"

namespace rsca::soak {
namespace {

int FieldsOf(const v1::ResultStreamResponse& message) {
  return static_cast<int>(message.has_registered()) + static_cast<int>(message.has_heartbeat()) +
         static_cast<int>(message.has_interruption()) +
         static_cast<int>(message.results_size() > 0);
}

template <typename Request>
std::optional<std::uint64_t> AfterOf(const Request& request) {
  if (!request.has_after_sequence()) return std::nullopt;
  return request.after_sequence();
}

}  // namespace

RawStream::~RawStream() {
  if (reader_ == nullptr || finished_) return;
  context_.TryCancel();
  while (reader_->Read(&message_)) {
  }
  Finish();
}

absl::StatusOr<std::unique_ptr<RawStream>> RawStream::Register(
    v1::CustomActions::Stub* stub, const v1::RegisterCustomActionRequest& request) {
  auto stream = std::make_unique<RawStream>();
  absl::Status begun =
      stream->Begin(stub->RegisterCustomAction(&stream->context_, request),
                    request.has_after_sequence() ? request.after_sequence() : 0, /*whole=*/true);
  if (!begun.ok()) return begun;
  return stream;
}

absl::StatusOr<std::unique_ptr<RawStream>> RawStream::Attach(
    v1::CustomActions::Stub* stub, const v1::AttachCustomActionRequest& request) {
  auto stream = std::make_unique<RawStream>();
  absl::Status begun = stream->Begin(stub->AttachCustomAction(&stream->context_, request),
                                     AfterOf(request), /*whole=*/true);
  if (!begun.ok()) return begun;
  return stream;
}

absl::StatusOr<std::unique_ptr<RawStream>> RawStream::Unregister(
    v1::CustomActions::Stub* stub, const v1::UnregisterCustomActionRequest& request) {
  auto stream = std::make_unique<RawStream>();
  absl::Status begun = stream->Begin(stub->UnregisterCustomAction(&stream->context_, request),
                                     AfterOf(request), /*whole=*/false);
  if (!begun.ok()) return begun;
  return stream;
}

// `whole`: without `after` it begins with the oldest result that there is.
absl::Status RawStream::Begin(Reader reader, std::optional<std::uint64_t> after, bool whole) {
  reader_ = std::move(reader);
  if (!reader_->Read(&message_)) {
    const grpc::Status status = Finish();
    if (status.ok()) return absl::DataLossError("OK without a message");
    return FromGrpcStatus(status);
  }
  if (!message_.has_registered() || FieldsOf(message_) != 1) {
    return absl::DataLossError(
        absl::StrCat("a first message that is not `registered`: ", message_.ShortDebugString()));
  }
  registration_ = message_.registered();
  message_.Clear();
  last_ = after;
  if (!after.has_value() && whole) last_ = registration_.first_sequence() - 1;
  return absl::OkStatus();
}

absl::StatusOr<std::optional<client::Event>> RawStream::Next() {
  while (true) {
    if (next_result_ < message_.results_size()) {
      v1::Result& result = *message_.mutable_results(next_result_++);
      absl::Status status = Check(result.sequence());
      if (!status.ok()) return status;
      final_ = result.final();
      if (result.final() != result.has_outcome()) {
        return absl::DataLossError(absl::StrCat(
            "sequence ", result.sequence(),
            result.final() ? ", final without an outcome" : " with an outcome, not final"));
      }
      return client::Event(std::move(result));
    }
    next_result_ = 0;
    message_.Clear();
    if (!reader_->Read(&message_)) return End();
    if (FieldsOf(message_) != 1 || message_.has_registered()) {
      return absl::DataLossError(absl::StrCat("an odd message: ", message_.ShortDebugString()));
    }
    if (!message_.has_interruption()) continue;
    absl::Status status = Check(message_.interruption().sequence());
    if (!status.ok()) return status;
    return client::Event(std::move(*message_.mutable_interruption()));
  }
}

absl::Status RawStream::Check(std::uint64_t sequence) {
  if (final_) {
    return absl::DataLossError(absl::StrCat("sequence ", sequence, " after the final result"));
  }
  if (last_.has_value() && sequence != *last_ + 1) {
    return absl::DataLossError(absl::StrCat("sequence ", sequence, " after ", *last_));
  }
  last_ = sequence;
  return absl::OkStatus();
}

grpc::Status RawStream::Finish() {
  finished_ = true;
  return reader_->Finish();
}

absl::StatusOr<std::optional<client::Event>> RawStream::End() {
  const grpc::Status status = Finish();
  if (!status.ok()) return FromGrpcStatus(status);
  // Whoever joins after the final result gets `registered` alone.
  const bool ended_before = registration_.state() == v1::Registration::STATE_ENDED &&
                            last_ == registration_.last_sequence();
  if (final_ || ended_before) return std::nullopt;
  return absl::DataLossError("the end of the stream, OK, without a final result");
}

}  // namespace rsca::soak
