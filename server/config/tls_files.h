// Whether PEM files hold what TLS needs. TLS itself reads them later, and again when they change;
// this is to say what is wrong with them before anybody connects.
#ifndef RSCA_SERVER_CONFIG_TLS_FILES_H_
#define RSCA_SERVER_CONFIG_TLS_FILES_H_

#include <string>

namespace rsca::config {

// Which field of rsca.config.v1.Tls is wrong, and how; an empty message if none is.
struct TlsProblem {
  std::string field;
  std::string message;
};

// A certificate chain and the private key of its first certificate.
TlsProblem CheckKeyPair(const std::string& certificate_file, const std::string& private_key_file);

// Certificates of authorities; an empty text if there is at least one and each can be read.
std::string CheckAuthorities(const std::string& file);

}  // namespace rsca::config

#endif  // RSCA_SERVER_CONFIG_TLS_FILES_H_
