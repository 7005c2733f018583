#include "client/cpp/loss.h"

#include <map>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/status.h"

namespace rsca::client {
namespace {

constexpr char kFirst[] = "lost_first";
constexpr char kLast[] = "lost_last";

std::optional<uint64_t> NumberIn(const absl::Status& status, absl::string_view key) {
  const std::optional<std::string> text = rsca::ErrorMetadata(status, key);
  uint64_t number = 0;
  if (!text.has_value() || !absl::SimpleAtoi(*text, &number)) return std::nullopt;
  return number;
}

}  // namespace

namespace internal {

absl::Status LossError(absl::string_view reason, absl::string_view cause, const LostResults& lost) {
  std::map<std::string, std::string> metadata = {{kFirst, absl::StrCat(lost.first)}};
  std::string which = absl::StrCat("results from ", lost.first, " on are lost: ");
  if (lost.last.has_value()) {
    metadata[kLast] = absl::StrCat(*lost.last);
    which = absl::StrCat("results ", lost.first, " to ", *lost.last, " are lost: ");
  }
  return MakeError(absl::StatusCode::kDataLoss, reason, absl::StrCat(which, cause), metadata);
}

absl::Status ExplainRefusedRejoin(const absl::Status& refusal, uint64_t last) {
  LostResults lost = {last + 1, std::nullopt};
  if (absl::IsNotFound(refusal)) {
    return LossError("REGISTRATION_NOT_FOUND",
                     absl::StrCat("the server does not know the registration any more; it was "
                                  "restarted, or the registration ended long ago (",
                                  std::string(refusal.message()), ")"),
                     lost);
  }
  if (absl::IsOutOfRange(refusal)) {
    const std::optional<uint64_t> oldest = NumberIn(refusal, "oldest_sequence");
    if (oldest.has_value() && *oldest > lost.first) lost.last = *oldest - 1;
    return LossError(rsca::ErrorReason(refusal), std::string(refusal.message()), lost);
  }
  return refusal;
}

}  // namespace internal

std::string ErrorReason(const absl::Status& status) { return rsca::ErrorReason(status); }

std::optional<std::string> ErrorMetadata(const absl::Status& status, absl::string_view key) {
  return rsca::ErrorMetadata(status, key);
}

std::string DescribeError(const absl::Status& status) { return rsca::DescribeError(status); }

std::optional<LostResults> GetLostResults(const absl::Status& status) {
  if (!absl::IsDataLoss(status)) return std::nullopt;
  const std::optional<uint64_t> first = NumberIn(status, kFirst);
  if (!first.has_value()) return std::nullopt;
  return LostResults{*first, NumberIn(status, kLast)};
}

}  // namespace rsca::client
