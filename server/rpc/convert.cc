#include "server/rpc/convert.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/actions/errors.h"
#include "server/rpc/convert_pools.h"

namespace rsca::rpc {
namespace {

constexpr uint32_t kMaxResultsPerMessage = 1000;
constexpr absl::Duration kLeastHeartbeat = absl::Seconds(1);
constexpr int32_t kPageSize = 100;
constexpr int32_t kMaxPageSize = 1000;

v1::Registration::State ToProto(actions::State state) {
  switch (state) {
    case actions::State::kRegistering:
      return v1::Registration::STATE_REGISTERING;
    case actions::State::kActive:
    case actions::State::kMoving:
      return v1::Registration::STATE_ACTIVE;
    case actions::State::kRestarting:
      return v1::Registration::STATE_RESTARTING;
    case actions::State::kUnregistering:
      return v1::Registration::STATE_UNREGISTERING;
    case actions::State::kEnded:
      return v1::Registration::STATE_ENDED;
  }
  return v1::Registration::STATE_UNSPECIFIED;
}

v1::Outcome::Kind ToProto(actions::Outcome::Kind kind) {
  switch (kind) {
    case actions::Outcome::Kind::kCompleted:
      return v1::Outcome::KIND_COMPLETED;
    case actions::Outcome::Kind::kFailed:
      return v1::Outcome::KIND_FAILED;
    case actions::Outcome::Kind::kUnregistered:
      return v1::Outcome::KIND_UNREGISTERED;
    case actions::Outcome::Kind::kTimedOut:
      return v1::Outcome::KIND_TIMED_OUT;
    case actions::Outcome::Kind::kCancelled:
      return v1::Outcome::KIND_CANCELLED;
    case actions::Outcome::Kind::kWorkerCrashed:
      return v1::Outcome::KIND_WORKER_CRASHED;
    case actions::Outcome::Kind::kWorkerRecycled:
      return v1::Outcome::KIND_WORKER_RECYCLED;
    case actions::Outcome::Kind::kAbandoned:
      return v1::Outcome::KIND_ABANDONED;
    case actions::Outcome::Kind::kAccessRevoked:
      return v1::Outcome::KIND_ACCESS_REVOKED;
    case actions::Outcome::Kind::kResultsLost:
      return v1::Outcome::KIND_RESULTS_LOST;
  }
  return v1::Outcome::KIND_UNSPECIFIED;
}

v1::CustomAction::Answers ToProto(actions::Answers answers) {
  switch (answers) {
    case actions::Answers::kOnce:
      return v1::CustomAction::ANSWERS_ONCE;
    case actions::Answers::kMany:
      return v1::CustomAction::ANSWERS_MANY;
    case actions::Answers::kUnknown:
      return v1::CustomAction::ANSWERS_UNSPECIFIED;
  }
  return v1::CustomAction::ANSWERS_UNSPECIFIED;
}

}  // namespace

google::protobuf::Timestamp ToProto(absl::Time time) {
  google::protobuf::Timestamp proto;
  const int64_t seconds = absl::ToUnixSeconds(time);
  proto.set_seconds(seconds);
  proto.set_nanos(
      static_cast<int32_t>(absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(seconds))));
  return proto;
}

google::protobuf::Duration ToProto(absl::Duration duration) {
  google::protobuf::Duration proto;
  proto.set_seconds(absl::IDivDuration(duration, absl::Seconds(1), &duration));
  proto.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(duration)));
  return proto;
}

v1::Outcome ToProto(const actions::Outcome& outcome) {
  v1::Outcome proto;
  proto.set_kind(ToProto(outcome.kind));
  proto.set_message(outcome.message);
  if (outcome.worker_exit.has_value()) {
    *proto.mutable_worker_exit() = ToProto(*outcome.worker_exit);
  }
  return proto;
}

v1::Registration ToProto(const actions::RegistrationInfo& info) {
  v1::Registration proto;
  proto.set_name(absl::StrCat("registrations/", info.id));
  proto.set_function(info.request.function);
  proto.set_arguments(info.request.arguments);
  proto.set_owner(info.request.owner);
  proto.set_state(ToProto(info.state));
  proto.set_first_sequence(info.first_sequence);
  proto.set_last_sequence(info.last_sequence);
  proto.set_durable(info.request.durable);
  *(info.request.durable ? proto.mutable_ttl() : proto.mutable_detach_grace()) =
      ToProto(info.detach_grace);
  proto.set_request_id(info.request.request_id);
  proto.set_result_count(info.result_count);
  proto.set_result_bytes(info.result_bytes);
  proto.set_stream_count(info.stream_count);
  proto.set_window_bytes(static_cast<int64_t>(info.window_bytes));
  proto.set_pool(info.pool);
  proto.set_response_content_type(info.response_content_type);
  *proto.mutable_create_time() = ToProto(info.create_time);
  if (info.outcome.has_value()) {
    *proto.mutable_end_time() = ToProto(info.end_time);
    *proto.mutable_outcome() = ToProto(*info.outcome);
  }
  return proto;
}

v1::CustomAction ToProto(const actions::Function& function) {
  v1::CustomAction proto;
  proto.set_name(absl::StrCat("customActions/", function.name));
  proto.set_function(function.name);
  proto.set_summary(function.summary);
  proto.set_arguments_schema(function.arguments_schema);
  proto.set_response_content_type(function.response_content_type);
  proto.set_answers(ToProto(function.answers));
  proto.set_read_only(function.read_only);
  proto.set_idempotent(function.idempotent);
  proto.set_restartable(function.restartable);
  proto.set_at_most_once(function.at_most_once);
  proto.set_pool(function.pool);
  proto.set_protocol_manager(function.protocol_manager);
  proto.set_unavailable_reason(function.unavailable_reason);
  if (function.unavailable_reason.empty()) proto.set_unavailable_reason(function.refused_why);
  return proto;
}

absl::StatusOr<absl::Duration> FromProto(absl::string_view field,
                                         const google::protobuf::Duration& duration) {
  constexpr int64_t kMaxSeconds = 315'576'000'000;  // as duration.proto says
  constexpr int32_t kMaxNanos = 999'999'999;
  const bool signs_differ = (duration.seconds() < 0 && duration.nanos() > 0) ||
                            (duration.seconds() > 0 && duration.nanos() < 0);
  if (duration.seconds() < -kMaxSeconds || duration.seconds() > kMaxSeconds ||
      duration.nanos() < -kMaxNanos || duration.nanos() > kMaxNanos || signs_differ) {
    return actions::InvalidField(field, "is not a valid google.protobuf.Duration");
  }
  return absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
}

template <typename Request>
absl::StatusOr<absl::Duration> HeartbeatIntervalOf(const Request& request,
                                                   const StreamDefaults& defaults) {
  if (!request.has_heartbeat_interval()) return defaults.heartbeat_interval;
  auto interval = FromProto("heartbeat_interval", request.heartbeat_interval());
  if (interval.ok() && *interval < kLeastHeartbeat) {
    return actions::InvalidField("heartbeat_interval",
                                 absl::StrCat("is ", absl::FormatDuration(*interval), "; at least ",
                                              absl::FormatDuration(kLeastHeartbeat)));
  }
  return interval;
}

template absl::StatusOr<absl::Duration> HeartbeatIntervalOf(const v1::WatchWorkerProcessesRequest&,
                                                            const StreamDefaults&);
template absl::StatusOr<absl::Duration> HeartbeatIntervalOf(const v1::StartListenerChannelRequest&,
                                                            const StreamDefaults&);
template absl::StatusOr<absl::Duration> HeartbeatIntervalOf(const v1::StopListenerChannelRequest&,
                                                            const StreamDefaults&);

template <typename Request>
absl::StatusOr<delivery::StreamOptions> StreamOptionsOf(const Request& request,
                                                        const StreamDefaults& defaults) {
  delivery::StreamOptions options;
  options.stall_timeout = defaults.stall_timeout;
  options.max_results_per_message = std::max(request.max_results_per_message(), 1U);
  if (options.max_results_per_message > kMaxResultsPerMessage) {
    return actions::InvalidField(
        "max_results_per_message",
        absl::StrCat("is ", options.max_results_per_message, "; at most ", kMaxResultsPerMessage));
  }
  const auto interval = HeartbeatIntervalOf(request, defaults);
  if (!interval.ok()) return interval.status();
  options.heartbeat_interval = *interval;
  return options;
}

template absl::StatusOr<delivery::StreamOptions> StreamOptionsOf(
    const v1::RegisterCustomActionRequest&, const StreamDefaults&);
template absl::StatusOr<delivery::StreamOptions> StreamOptionsOf(
    const v1::UnregisterCustomActionRequest&, const StreamDefaults&);
template absl::StatusOr<delivery::StreamOptions> StreamOptionsOf(
    const v1::AttachCustomActionRequest&, const StreamDefaults&);

absl::StatusOr<uint64_t> ParsePageToken(const std::string& token) {
  uint64_t number = 0;
  if (!token.empty() && !absl::SimpleAtoi(token, &number)) {
    return actions::InvalidField("page_token", "is not one that this server gave out");
  }
  return number;
}

absl::StatusOr<size_t> PageSize(int32_t requested) {
  if (requested < 0) return actions::InvalidField("page_size", "is negative");
  return static_cast<size_t>(requested == 0 ? kPageSize : std::min(requested, kMaxPageSize));
}

}  // namespace rsca::rpc
