// Whether PEM files hold what TLS needs. TLS itself is silent about what is wrong with them.
#ifndef RSCA_COMMON_PEM_H_
#define RSCA_COMMON_PEM_H_

#include <string>

namespace rsca {

// The text of a file, and how messages call the file.
struct PemFile {
  std::string name;
  std::string text;
};

// What is wrong, in words that begin with the file's name; empty if nothing is.

// At least one certificate, and each can be read.
std::string CheckCertificates(const PemFile& file);

// The private key of the first certificate in `certificates`, without a passphrase.
std::string CheckPrivateKey(const PemFile& key, const PemFile& certificates);

}  // namespace rsca

#endif  // RSCA_COMMON_PEM_H_
