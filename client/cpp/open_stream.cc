#include "client/cpp/open_stream.h"

#include <functional>
#include <utility>

#include "client/cpp/durations.h"
#include "client/cpp/grpc_result_source.h"
#include "client/cpp/request_id.h"
#include "client/cpp/resuming_result_source.h"
#include "client/cpp/stream_state.h"

namespace rsca::client::internal {
namespace {

using Carries = ResumingResultSource::Carries;
using Reader = std::unique_ptr<GrpcResultSource::Reader>;
using Stub = v1::CustomActions::StubInterface;
// The RPC that goes on at a position.
using StartAt = std::function<Reader(Stub&, grpc::ClientContext*, const Position&)>;

template <typename Request>
void SetStreamFields(const StreamOptions& options, Request* request) {
  request->set_max_results_per_message(options.max_results_per_message);
  SetDuration(options.heartbeat_interval, request->mutable_heartbeat_interval());
  if (options.after_sequence.has_value()) request->set_after_sequence(*options.after_sequence);
}

absl::StatusOr<ResultStream> OpenAt(const ConnectionPtr& connection, const StreamOptions& options,
                                    Position position, Carries carries, StartAt start_at) {
  const auto cancel = std::make_shared<CancelState>(options.cancellation);
  auto open = [connection, cancel, heartbeat_interval = options.heartbeat_interval,
               start_at = std::move(start_at)](const Position& at) {
    return std::make_unique<GrpcResultSource>(
        connection, cancel, heartbeat_interval,
        [&](grpc::ClientContext* context) { return start_at(connection->stub(), context, at); });
  };
  auto source = std::make_unique<ResumingResultSource>(
      std::move(open), std::move(position), carries, options, &connection->timers(), cancel);
  return StreamState::Open(connection, cancel, std::move(source));
}

Reader StartAttach(Stub& stub, grpc::ClientContext* context, v1::AttachCustomActionRequest request,
                   const Position& at) {
  if (at.joined()) {
    request.set_name(at.name());
    request.set_after_sequence(at.last());
  }
  return stub.AttachCustomAction(context, request);
}

}  // namespace

absl::StatusOr<ResultStream> OpenRegister(const ConnectionPtr& connection,
                                          absl::string_view function, absl::string_view arguments,
                                          const RegisterOptions& options) {
  v1::RegisterCustomActionRequest request;
  SetStreamFields(options, &request);
  request.set_function(std::string(function));
  request.set_arguments(std::string(arguments));
  request.set_request_id(options.request_id);
  if (options.request_id.empty()) {
    request.set_request_id(MakeRequestId());
    // Whatever a repeated call joins is this call's own, so it misses nothing from the first on.
    if (!options.after_sequence.has_value()) request.set_after_sequence(0);
  }
  if (options.detach_grace) SetDuration(*options.detach_grace, request.mutable_detach_grace());
  request.set_durable(options.durable);
  if (options.ttl) SetDuration(*options.ttl, request.mutable_ttl());
  std::optional<uint64_t> after;
  if (request.has_after_sequence()) after = request.after_sequence();
  v1::AttachCustomActionRequest attach;
  SetStreamFields(options, &attach);
  return OpenAt(connection, options, Position(after, Position::Beginning::kOldest),
                Carries::kOneRegistration,
                [request, attach](Stub& stub, grpc::ClientContext* context, const Position& at) {
                  return at.joined() ? StartAttach(stub, context, attach, at)
                                     : stub.RegisterCustomAction(context, request);
                });
}

absl::StatusOr<ResultStream> OpenAttach(const ConnectionPtr& connection, absl::string_view name,
                                        const StreamOptions& options) {
  v1::AttachCustomActionRequest request;
  SetStreamFields(options, &request);
  request.set_name(std::string(name));
  return OpenAt(connection, options, Position(options.after_sequence, Position::Beginning::kOldest),
                Carries::kOneRegistration,
                [request](Stub& stub, grpc::ClientContext* context, const Position& at) {
                  return StartAttach(stub, context, request, at);
                });
}

absl::StatusOr<ResultStream> OpenUnregister(const ConnectionPtr& connection, absl::string_view name,
                                            const StreamOptions& options) {
  v1::UnregisterCustomActionRequest request;
  SetStreamFields(options, &request);
  request.set_name(std::string(name));
  return OpenAt(connection, options,
                Position(options.after_sequence, Position::Beginning::kPending),
                Carries::kOneRegistration,
                [request](Stub& stub, grpc::ClientContext* context, const Position& at) {
                  v1::UnregisterCustomActionRequest next = request;
                  if (at.joined()) next.set_after_sequence(at.last());
                  return stub.UnregisterCustomAction(context, next);
                });
}

absl::StatusOr<ResultStream> OpenUnregisterFunction(const ConnectionPtr& connection,
                                                    absl::string_view function,
                                                    const StreamOptions& options) {
  v1::UnregisterCustomActionRequest request;
  SetStreamFields(options, &request);
  request.clear_after_sequence();
  request.set_function(std::string(function));
  return OpenAt(connection, options, Position(std::nullopt, Position::Beginning::kPending),
                Carries::kSeveral,
                [request](Stub& stub, grpc::ClientContext* context, const Position&) {
                  return stub.UnregisterCustomAction(context, request);
                });
}

}  // namespace rsca::client::internal
