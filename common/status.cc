#include "common/status.h"

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"

namespace rsca {
namespace {

constexpr char kTypePrefix[] = "type.googleapis.com/";

template <typename Detail>
std::string TypeUrl() {
  return absl::StrCat(kTypePrefix, Detail::descriptor()->full_name());
}

template <typename Detail>
std::optional<Detail> GetDetail(const absl::Status& status) {
  const absl::optional<absl::Cord> payload = status.GetPayload(TypeUrl<Detail>());
  Detail detail;
  if (!payload.has_value() || !detail.ParseFromString(std::string(*payload))) return std::nullopt;
  return detail;
}

template <typename Detail>
void SetDetail(absl::Status* status, const Detail& detail) {
  status->SetPayload(TypeUrl<Detail>(), absl::Cord(detail.SerializeAsString()));
}

}  // namespace

absl::Status MakeError(absl::StatusCode code, absl::string_view reason, absl::string_view message,
                       const std::map<std::string, std::string>& metadata) {
  absl::Status status(code, message);
  google::rpc::ErrorInfo info;
  info.set_domain(kErrorDomain);
  info.set_reason(std::string(reason));
  info.mutable_metadata()->insert(metadata.begin(), metadata.end());
  SetDetail(&status, info);
  return status;
}

void AddFieldViolation(absl::Status* status, absl::string_view field,
                       absl::string_view description) {
  google::rpc::BadRequest request =
      GetDetail<google::rpc::BadRequest>(*status).value_or(google::rpc::BadRequest());
  google::rpc::BadRequest::FieldViolation* violation = request.add_field_violations();
  violation->set_field(std::string(field));
  violation->set_description(std::string(description));
  SetDetail(status, request);
}

void AddRetryInfo(absl::Status* status, absl::Duration delay) {
  google::rpc::RetryInfo info;
  const int64_t nanos = absl::ToInt64Nanoseconds(delay);
  info.mutable_retry_delay()->set_seconds(nanos / 1'000'000'000);
  info.mutable_retry_delay()->set_nanos(static_cast<int32_t>(nanos % 1'000'000'000));
  SetDetail(status, info);
}

std::optional<absl::Duration> RetryDelay(const absl::Status& status) {
  const auto info = GetDetail<google::rpc::RetryInfo>(status);
  if (!info.has_value()) return std::nullopt;
  return absl::Seconds(info->retry_delay().seconds()) +
         absl::Nanoseconds(info->retry_delay().nanos());
}

std::string ErrorReason(const absl::Status& status) {
  const auto info = GetDetail<google::rpc::ErrorInfo>(status);
  return info.has_value() ? info->reason() : "";
}

std::optional<std::string> ErrorMetadata(const absl::Status& status, absl::string_view key) {
  const auto info = GetDetail<google::rpc::ErrorInfo>(status);
  if (!info.has_value()) return std::nullopt;
  const auto found = info->metadata().find(std::string(key));
  if (found == info->metadata().end()) return std::nullopt;
  return found->second;
}

std::string DescribeError(const absl::Status& status) {
  std::string text =
      absl::StrCat(absl::StatusCodeToString(status.code()), ": ", std::string(status.message()));
  const std::string reason = ErrorReason(status);
  if (!reason.empty()) absl::StrAppend(&text, " [", reason, "]");
  const auto request = GetDetail<google::rpc::BadRequest>(status);
  if (request.has_value()) {
    for (const auto& violation : request->field_violations()) {
      const std::string line = absl::StrCat(
          violation.field(), violation.field().empty() ? "" : ": ", violation.description());
      if (line != status.message()) absl::StrAppend(&text, "\n  ", line);
    }
  }
  return text;
}

}  // namespace rsca
