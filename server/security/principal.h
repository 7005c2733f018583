// Who is calling.
#ifndef RSCA_SERVER_SECURITY_PRINCIPAL_H_
#define RSCA_SERVER_SECURITY_PRINCIPAL_H_

#include <grpcpp/security/auth_context.h>

#include <string>

#include "absl/strings/string_view.h"

namespace rsca::security {

// `local` on a unix socket; `cert:NAME` for a verified client certificate (its SPIFFE id, else its
// first DNS name, else its common name); else `anonymous`. `peer` as ServerContext::peer() says it.
// Valid UTF-8.
std::string PrincipalOf(const grpc::AuthContext& context, absl::string_view peer);

}  // namespace rsca::security

#endif  // RSCA_SERVER_SECURITY_PRINCIPAL_H_
