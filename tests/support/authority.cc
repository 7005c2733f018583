#include "tests/support/authority.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/support/child_process.h"

namespace rsca::support {
namespace {

void OpenSsl(const std::vector<std::string>& arguments) {
  std::vector<std::string> argv = {"openssl"};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  ChildProcess openssl(argv);
  ASSERT_EQ(openssl.Wait(), ExitStatus{}) << openssl.Error();
}

// `FILE.pem` and `FILE.key`.
void Issue(std::vector<std::string> arguments, const std::string& file) {
  arguments.insert(arguments.end(), {"-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                                     "-nodes", "-keyout", file + ".key", "-out", file + ".pem"});
  OpenSsl(arguments);
}

}  // namespace

Authority::Authority(const TempDir& dir, const std::string& name)
    : dir_(dir), file_(dir.File(name)) {
  Issue({"req", "-x509", "-subj", "/CN=" + name, "-days", "2"}, file_);
}

void Authority::Sign(const std::string& name, const std::string& alternative_name) const {
  std::vector<std::string> arguments = {
      "req", "-x509",       "-subj",  "/CN=" + name,  "-days",   "2",
      "-CA", certificate(), "-CAkey", file_ + ".key", "-addext", "basicConstraints=CA:FALSE"};
  if (!alternative_name.empty()) {
    arguments.insert(arguments.end(), {"-addext", "subjectAltName=" + alternative_name});
  }
  Issue(std::move(arguments), dir_.File(name));
}

Config ListenWithTls(Config config, const TempDir& dir, const std::string& client_ca) {
  std::string tls = absl::StrCat("{certificate_file: ", dir.File("server.pem"),
                                 ", private_key_file: ", dir.File("server.key"));
  if (!client_ca.empty()) absl::StrAppend(&tls, ", client_ca_file: ", client_ca);
  config.Listen("127.0.0.1:0", {{"tls", tls + "}"}});
  return config;
}

}  // namespace rsca::support
