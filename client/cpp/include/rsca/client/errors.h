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
// them; empty when the status has none. This library adds to UNAVAILABLE
//   SERVER_NOT_TRUSTED    no authority of `TlsOptions::ca_file` has signed its certificate, or it
//                         has expired
//   SERVER_NAME_MISMATCH  the certificate is for another name; see `TlsOptions::server_name`
//   SERVER_WITHOUT_TLS    the server answers in plain text
//   CONNECTION_CLOSED     the server hung up before it said anything, as one with TLS does to those
//                         without, or to those without a certificate that it trusts
//   HOST_NOT_FOUND        the address names no host
//   NOT_SERVING           the answer to `Client::CheckHealth`
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
