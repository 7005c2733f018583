// What a listener asks of those who connect.
#ifndef RSCA_SERVER_SECURITY_CREDENTIALS_H_
#define RSCA_SERVER_SECURITY_CREDENTIALS_H_

#include <grpcpp/security/server_credentials.h>

#include <memory>

#include "absl/status/statusor.h"
#include "rsca/config/v1/server_config.pb.h"

namespace rsca::security {

// For a listener that the configuration's checks let pass. With `tls.client_ca_file` a client
// without a certificate of those authorities cannot connect. Certificate files that change are read
// again within seconds: connections made later see them, those that exist stay.
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeServerCredentials(
    const rsca::config::v1::Listener& listener);

}  // namespace rsca::security

#endif  // RSCA_SERVER_SECURITY_CREDENTIALS_H_
