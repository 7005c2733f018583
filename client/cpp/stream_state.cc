#include "client/cpp/stream_state.h"

#include <utility>

#include "client/cpp/grpc_result_source.h"

namespace rsca::client::internal {

absl::StatusOr<ResultStream> StreamState::Open(std::shared_ptr<Connection> connection,
                                               std::shared_ptr<CancelState> cancel,
                                               std::unique_ptr<ResumingResultSource> source) {
  std::unique_ptr<StreamState> state(
      new StreamState(std::move(connection), std::move(cancel), std::move(source)));
  // The first message that comes through is `registered`.
  const absl::StatusOr<bool> read = state->ReadMessage();
  if (!read.ok()) return read.status();
  state->name_ = state->registration_.name();
  return ResultStream(std::move(state));
}

absl::StatusOr<std::optional<Event>> StreamState::Next() {
  if (!status_.ok()) return status_;
  while (true) {
    if (next_result_ < message_.results_size()) return TakeResult();
    if (source_ == nullptr) return std::nullopt;
    const absl::StatusOr<bool> read = ReadMessage();
    if (!read.ok()) {
      status_ = read.status();
      return status_;
    }
    if (message_.has_interruption()) {
      last_sequence_ = message_.interruption().sequence();
      return Event(std::move(*message_.mutable_interruption()));
    }
  }
}

absl::StatusOr<bool> StreamState::ReadMessage() {
  absl::StatusOr<bool> read = source_->Next(&message_);
  next_result_ = 0;
  if (!read.ok() || !*read) {
    message_.Clear();
    source_.reset();
  } else if (message_.has_registered()) {
    Join(message_.mutable_registered());
  }
  return read;
}

void StreamState::Join(v1::Registration* registration) {
  registration_.Swap(registration);
  last_sequence_ = source_->position().last();
  outcome_.reset();
  // Whoever begins after the final result sees the outcome here only.
  if (source_->position().ended()) outcome_ = registration_.outcome();
}

Event StreamState::TakeResult() {
  v1::Result& result = *message_.mutable_results(next_result_++);
  last_sequence_ = result.sequence();
  if (result.final()) outcome_ = result.outcome();
  return Event(std::move(result));
}

absl::Status StreamState::Unregister(absl::Duration timeout) {
  v1::UnregisterCustomActionRequest request;
  request.set_name(name_);
  GrpcResultSource call(connection_, cancel_, absl::Hours(1), [&](grpc::ClientContext* context) {
    context->set_deadline(absl::ToChronoTime(absl::Now() + timeout));
    return connection_->stub().UnregisterCustomAction(context, request);
  });
  // The first message says that the server has agreed; the results come on the stream itself.
  v1::ResultStreamResponse registered;
  return call.Next(&registered).status();
}

}  // namespace rsca::client::internal
