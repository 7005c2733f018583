// What gRPC says of a connection that could not be made, in words that help.
#ifndef RSCA_CLIENT_CPP_CONNECTION_ERROR_H_
#define RSCA_CLIENT_CPP_CONNECTION_ERROR_H_

#include <string>

#include "absl/status/status.h"

namespace rsca::client::internal {

// The reasons that may pass by themselves.
inline constexpr char kConnectionClosed[] = "CONNECTION_CLOSED";
inline constexpr char kHostNotFound[] = "HOST_NOT_FOUND";

// Names the address and what went wrong, with one of the reasons of errors.h where that is known.
// Every other status is returned as it is.
absl::Status ExplainConnectionError(const absl::Status& status, const std::string& address,
                                    bool with_tls);

}  // namespace rsca::client::internal

#endif  // RSCA_CLIENT_CPP_CONNECTION_ERROR_H_
