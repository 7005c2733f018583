#ifndef RSCA_CLIENT_CPP_REQUEST_ID_H_
#define RSCA_CLIENT_CPP_REQUEST_ID_H_

#include <string>

namespace rsca::client::internal {

// A random UUID (RFC 4122, version 4) from the system's entropy.
std::string MakeRequestId();

}  // namespace rsca::client::internal

#endif  // RSCA_CLIENT_CPP_REQUEST_ID_H_
