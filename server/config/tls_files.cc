#include "server/config/tls_files.h"

#include "absl/status/statusor.h"
#include "common/pem.h"
#include "server/config/files.h"

namespace rsca::config {

TlsProblem CheckKeyPair(const std::string& certificate_file, const std::string& private_key_file) {
  const absl::StatusOr<std::string> chain = ReadTextFile(certificate_file);
  if (!chain.ok()) return {"certificate_file", std::string(chain.status().message())};
  const PemFile certificates{certificate_file, *chain};
  std::string wrong = CheckCertificates(certificates);
  if (!wrong.empty()) return {"certificate_file", wrong};
  const absl::StatusOr<std::string> key = ReadTextFile(private_key_file);
  if (!key.ok()) return {"private_key_file", std::string(key.status().message())};
  wrong = CheckPrivateKey({private_key_file, *key}, certificates);
  if (!wrong.empty()) return {"private_key_file", wrong};
  return {};
}

std::string CheckAuthorities(const std::string& file) {
  const absl::StatusOr<std::string> text = ReadTextFile(file);
  if (!text.ok()) return std::string(text.status().message());
  return CheckCertificates({file, *text});
}

}  // namespace rsca::config
