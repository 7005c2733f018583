// Certificates for tests of TLS, made by openssl.
#ifndef RSCA_TESTS_SUPPORT_AUTHORITY_H_
#define RSCA_TESTS_SUPPORT_AUTHORITY_H_

#include <string>

#include "tests/support/config.h"
#include "tests/support/temp_dir.h"

namespace rsca::support {

// A certificate authority. Its files are in a directory, which must outlive it.
class Authority {
 public:
  Authority(const TempDir& dir, const std::string& name);

  // Of its certificate.
  std::string certificate() const { return file_ + ".pem"; }

  // Makes `NAME.pem` and `NAME.key` in the directory: a certificate with the common name NAME and,
  // if that is not empty, an alternative name such as `DNS:localhost,IP:127.0.0.1`.
  void Sign(const std::string& name, const std::string& alternative_name) const;

 private:
  const TempDir& dir_;
  const std::string file_;
};

// Adds a listener on loopback with `server.pem` and `server.key` of the directory; clients need a
// certificate of `client_ca` if that is not empty.
Config ListenWithTls(Config config, const TempDir& dir, const std::string& client_ca = "");

}  // namespace rsca::support

#endif  // RSCA_TESTS_SUPPORT_AUTHORITY_H_
