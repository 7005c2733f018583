#include "server/config/tls_files.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "server/config/files.h"

namespace rsca::config {
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

TlsProblem CheckKeyPair(const std::string& certificate_file, const std::string& private_key_file) {
  const absl::StatusOr<std::string> chain = ReadTextFile(certificate_file);
  if (!chain.ok()) return {"certificate_file", std::string(chain.status().message())};
  const std::vector<OpenSslPtr<X509>> certificates = ReadCertificates(*chain);
  if (certificates.empty()) {
    return {"certificate_file", absl::StrCat(certificate_file,
                                             " holds no PEM certificate, or a "
                                             "broken one")};
  }
  const absl::StatusOr<std::string> pem = ReadTextFile(private_key_file);
  if (!pem.ok()) return {"private_key_file", std::string(pem.status().message())};
  const OpenSslPtr<BIO> bio = Reading(*pem);
  const OpenSslPtr<EVP_PKEY> key(
      PEM_read_bio_PrivateKey(bio.get(), nullptr, NoPassphrase, nullptr));
  ERR_clear_error();
  if (key == nullptr) {
    return {"private_key_file",
            absl::StrCat(private_key_file, " holds no PEM private key, or one with a passphrase")};
  }
  const bool matches = X509_check_private_key(certificates.front().get(), key.get()) == 1;
  ERR_clear_error();
  if (!matches) {
    return {"private_key_file", absl::StrCat(private_key_file,
                                             " is not the key of the first "
                                             "certificate in ",
                                             certificate_file)};
  }
  return {};
}

std::string CheckAuthorities(const std::string& file) {
  const absl::StatusOr<std::string> text = ReadTextFile(file);
  if (!text.ok()) return std::string(text.status().message());
  if (!ReadCertificates(*text).empty()) return "";
  return absl::StrCat(file, " holds no PEM certificate, or a broken one");
}

}  // namespace rsca::config
