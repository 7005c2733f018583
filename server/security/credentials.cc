#include "server/security/credentials.h"

#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace rsca::security {
namespace {

namespace tls = grpc::experimental;

constexpr unsigned kReloadSeconds = 1;

std::shared_ptr<grpc::ServerCredentials> MakeTlsCredentials(const rsca::config::v1::Tls& files) {
  auto provider = std::make_shared<tls::FileWatcherCertificateProvider>(
      files.private_key_file(), files.certificate_file(), files.client_ca_file(), kReloadSeconds);
  tls::TlsServerCredentialsOptions options(std::move(provider));
  options.watch_identity_key_cert_pairs();
  if (files.client_ca_file().empty()) {
    options.set_cert_request_type(GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE);
  } else {
    options.watch_root_certs();
    options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  }
  return tls::TlsServerCredentials(options);
}

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeServerCredentials(
    const rsca::config::v1::Listener& listener) {
  if (listener.has_tls()) {
    std::shared_ptr<grpc::ServerCredentials> credentials = MakeTlsCredentials(listener.tls());
    if (credentials != nullptr) return credentials;
    return absl::InternalError(absl::StrCat("cannot set up TLS on ", listener.address()));
  }
  // The directory of a unix socket is its guard. gRPC's own credentials for local peers call each
  // of them authenticated and add nothing.
  if (absl::StartsWith(listener.address(), "unix:") || listener.insecure()) {
    return grpc::InsecureServerCredentials();
  }
  return absl::InvalidArgumentError(
      absl::StrCat(listener.address(), " has neither `tls` nor `insecure: true`"));
}

}  // namespace rsca::security
