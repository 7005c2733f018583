#include "common/pem.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"

namespace rsca {
namespace {

struct OpenSslDeleter {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
template <typename T>
using OpenSslPtr = std::unique_ptr<T, OpenSslDeleter>;

OpenSslPtr<BIO> Reading(const std::string& text) {
  return OpenSslPtr<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// In place of a prompt on the terminal.
int NoPassphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*data*/) { return -1; }

// All certificates of the text; none if one of them is broken.
std::vector<OpenSslPtr<X509>> ReadCertificates(const std::string& text) {
  const OpenSslPtr<BIO> bio = Reading(text);
  std::vector<OpenSslPtr<X509>> certificates;
  while (X509* certificate = PEM_read_bio_X509(bio.get(), nullptr, NoPassphrase, nullptr)) {
    certificates.emplace_back(certificate);
  }
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (!at_end) certificates.clear();
  return certificates;
}

}  // namespace

std::string CheckCertificates(const PemFile& file) {
  if (!ReadCertificates(file.text).empty()) return "";
  return absl::StrCat(file.name, " holds no PEM certificate, or a broken one");
}

std::string CheckPrivateKey(const PemFile& key, const PemFile& certificates) {
  const OpenSslPtr<BIO> bio = Reading(key.text);
  const OpenSslPtr<EVP_PKEY> parsed(
      PEM_read_bio_PrivateKey(bio.get(), nullptr, NoPassphrase, nullptr));
  ERR_clear_error();
  if (parsed == nullptr) {
    return absl::StrCat(key.name, " holds no PEM private key, or one with a passphrase");
  }
  const std::vector<OpenSslPtr<X509>> chain = ReadCertificates(certificates.text);
  const bool matches =
      !chain.empty() && X509_check_private_key(chain.front().get(), parsed.get()) == 1;
  ERR_clear_error();
  if (matches) return "";
  return absl::StrCat(key.name, " is not the key of the first certificate in ", certificates.name);
}

}  // namespace rsca
