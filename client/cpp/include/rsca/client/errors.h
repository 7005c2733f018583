// What the errors of this library carry beside code and message. Errors of the server keep their
// `google.rpc` details as payloads of the absl::Status.
#ifndef RSCA_CLIENT_ERRORS_H_
#define RSCA_CLIENT_ERRORS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace rsca {
namespace client {

// `ErrorInfo.reason`, such as `ACTION_NOT_FOUND`, as protos/rsca/v1/custom_actions.proto names
// them; empty when the status has none.
std::string ErrorReason(const absl::Status& status);

// A value of `ErrorInfo.metadata`.
std::optional<std::string> ErrorMetadata(const absl::Status& status, absl::string_view key);

// For people: `NOT_FOUND: message [ACTION_NOT_FOUND]`, then a line for each field at fault.
std::string DescribeError(const absl::Status& status);

// Results that cannot be had any more.
struct LostResults {
  // Sequence of the first one.
  uint64_t first = 0;
  // Sequence of the last one, when it is known. Where it is, `Client::Attach` after it goes on.
  std::optional<uint64_t> last;
};

// What a stream that ended with DATA_LOSS has lost; absent for every other status.
std::optional<LostResults> GetLostResults(const absl::Status& status);

}  // namespace client
}  // namespace rsca

#endif  // RSCA_CLIENT_ERRORS_H_
