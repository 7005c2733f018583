// Certificates made by openssl at test time, a real server that tells each caller who it takes it
// for, and calls to it.
#ifndef RSCA_TESTS_UNIT_SERVER_SECURITY_TLS_FIXTURE_H_
#define RSCA_TESTS_UNIT_SERVER_SECURITY_TLS_FIXTURE_H_

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>

#include "rsca/config/v1/server_config.pb.h"

namespace rsca::security {

// Refuses every call with ABORTED and the caller's principal as the message.
class WhoAmI : public grpc::CallbackGenericService {
 public:
  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override;
};

class TlsFixture : public testing::Test {
 protected:
  TlsFixture();
  ~TlsFixture() override;

  std::string Path(const std::string& name) const { return (dir_ / name).string(); }

  // A certificate authority NAME.pem, NAME.key.
  void MakeAuthority(const std::string& name) const;

  // NAME.pem and NAME.key, signed by AUTHORITY; `subject` such as `/CN=x`, `alternative_names` such
  // as `DNS:x,URI:y` or empty.
  void MakeCertificate(const std::string& name, const std::string& authority,
                       const std::string& subject, const std::string& alternative_names) const;

  // Puts another pair in the place of NAME.pem and NAME.key, as a renewal does.
  void Replace(const std::string& name, const std::string& by) const;

  // TLS with server.pem and server.key; `client_ca` names an authority, or is empty.
  rsca::config::v1::Listener TlsListener(const std::string& client_ca) const;

  // Serves on the listener's address; later calls go there.
  void Serve(const rsca::config::v1::Listener& listener);

  // Calls over a connection of its own. `authority`: whom the client trusts; `client`: its
  // certificate, or empty.
  grpc::Status Call(const std::string& authority, const std::string& client) const;
  grpc::Status CallWith(const std::shared_ptr<grpc::ChannelCredentials>& credentials) const;

  std::string ReadFile(const std::string& name) const;
  void Run(const std::string& command) const;

  std::filesystem::path dir_;
  WhoAmI service_;
  std::unique_ptr<grpc::Server> server_;
  std::string target_;
};

}  // namespace rsca::security

#endif  // RSCA_TESTS_UNIT_SERVER_SECURITY_TLS_FIXTURE_H_
