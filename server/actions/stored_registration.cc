#include "server/actions/stored_registration.h"

#include <algorithm>

#include "rsca/journal/v1/registration_record.pb.h"

namespace rsca::actions {
namespace {

google::protobuf::Timestamp ToProto(absl::Time time) {
  google::protobuf::Timestamp proto;
  const int64_t seconds = absl::ToUnixSeconds(time);
  proto.set_seconds(seconds);
  proto.set_nanos(
      static_cast<int32_t>(absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(seconds))));
  return proto;
}

absl::Time FromProto(const google::protobuf::Timestamp& proto) {
  return absl::FromUnixSeconds(proto.seconds()) + absl::Nanoseconds(proto.nanos());
}

// The numbers of rsca.v1 begin with 1 for the first value; 0 is none.
template <typename Enum>
int32_t NumberOf(Enum value) {
  return static_cast<int32_t>(value) + 1;
}

template <typename Enum>
Enum FromNumber(int32_t number, Enum last) {
  return number >= 1 && number <= NumberOf(last) ? static_cast<Enum>(number - 1) : last;
}

journal::v1::Outcome ToProto(const Outcome& outcome) {
  journal::v1::Outcome proto;
  proto.set_kind(NumberOf(outcome.kind));
  proto.set_message(outcome.message);
  if (!outcome.worker_exit.has_value()) return proto;
  const workers::WorkerExit& exit = *outcome.worker_exit;
  proto.mutable_worker_exit()->set_pid(exit.pid);
  proto.mutable_worker_exit()->set_exit_status(exit.exit_status);
  proto.mutable_worker_exit()->set_signal(exit.signal);
  proto.mutable_worker_exit()->set_reason(NumberOf(exit.reason));
  proto.mutable_worker_exit()->set_detail(exit.detail);
  return proto;
}

Outcome FromProto(const journal::v1::Outcome& proto) {
  Outcome outcome;
  outcome.kind = FromNumber(proto.kind(), Outcome::Kind::kResultsLost);
  outcome.message = proto.message();
  if (!proto.has_worker_exit()) return outcome;
  const journal::v1::WorkerExit& exit = proto.worker_exit();
  outcome.worker_exit = {exit.pid(), exit.exit_status(), exit.signal(),
                         FromNumber(exit.reason(), workers::ExitReason::kServerEnded),
                         exit.detail()};
  return outcome;
}

journal::v1::RegistrationRecord::State ToProto(State state) {
  switch (state) {
    case State::kUnregistering:
      return journal::v1::RegistrationRecord::STATE_UNREGISTERING;
    case State::kEnded:
      return journal::v1::RegistrationRecord::STATE_ENDED;
    default:
      return journal::v1::RegistrationRecord::STATE_ACTIVE;
  }
}

State FromProto(journal::v1::RegistrationRecord::State state) {
  switch (state) {
    case journal::v1::RegistrationRecord::STATE_UNREGISTERING:
      return State::kUnregistering;
    case journal::v1::RegistrationRecord::STATE_ENDED:
      return State::kEnded;
    default:
      return State::kActive;
  }
}

uint64_t MillisOf(absl::Duration age) {
  return static_cast<uint64_t>(absl::ToInt64Milliseconds(age));
}

}  // namespace

std::string Encode(const StoredRegistration& registration) {
  journal::v1::RegistrationRecord proto;
  proto.set_id(registration.id);
  proto.set_function(registration.request.function);
  proto.set_arguments(registration.request.arguments);
  proto.set_owner(registration.request.owner);
  proto.set_request_id(registration.request.request_id);
  const absl::Duration ttl = registration.request.ttl.value_or(absl::ZeroDuration());
  proto.mutable_ttl()->set_seconds(absl::ToInt64Seconds(ttl));
  proto.mutable_ttl()->set_nanos(
      static_cast<int32_t>(absl::ToInt64Nanoseconds(ttl % absl::Seconds(1))));
  proto.set_pool(registration.pool);
  proto.set_response_content_type(registration.response_content_type);
  proto.set_restartable(registration.restartable);
  *proto.mutable_create_time() = ToProto(registration.create_time);
  proto.set_state(ToProto(registration.state));
  proto.set_expired(registration.expired);
  if (registration.detached_at.has_value()) {
    // 0 is none.
    proto.set_detached_age_millis(std::max<uint64_t>(MillisOf(*registration.detached_at), 1));
  }
  if (registration.outcome.has_value()) {
    proto.set_ended_age_millis(MillisOf(registration.ended_at));
    *proto.mutable_end_time() = ToProto(registration.end_time);
    *proto.mutable_outcome() = ToProto(*registration.outcome);
  }
  return proto.SerializeAsString();
}

absl::StatusOr<StoredRegistration> DecodeStoredRegistration(const std::string& bytes) {
  journal::v1::RegistrationRecord proto;
  if (!proto.ParseFromString(bytes) || proto.id().empty()) {
    return absl::DataLossError("a registration's record in the journal cannot be read");
  }
  StoredRegistration registration;
  registration.id = proto.id();
  registration.request.function = proto.function();
  registration.request.arguments = proto.arguments();
  registration.request.owner = proto.owner();
  registration.request.request_id = proto.request_id();
  registration.request.durable = true;
  registration.request.ttl =
      absl::Seconds(proto.ttl().seconds()) + absl::Nanoseconds(proto.ttl().nanos());
  registration.pool = proto.pool();
  registration.response_content_type = proto.response_content_type();
  registration.restartable = proto.restartable();
  registration.create_time = FromProto(proto.create_time());
  registration.state = FromProto(proto.state());
  registration.expired = proto.expired();
  if (proto.detached_age_millis() > 0) {
    registration.detached_at = absl::Milliseconds(proto.detached_age_millis());
  }
  if (proto.has_outcome()) {
    registration.ended_at = absl::Milliseconds(proto.ended_age_millis());
    registration.end_time = FromProto(proto.end_time());
    registration.outcome = FromProto(proto.outcome());
  }
  return registration;
}

}  // namespace rsca::actions
