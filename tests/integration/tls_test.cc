// TLS and mutual TLS by certificate files, with certificates made for the test.
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/authority.h"
#include "tests/support/calls.h"
#include "tests/support/errors.h"
#include "tests/support/health.h"
#include "tests/support/result_stream.h"
#include "tests/support/rscad_process.h"

namespace rsca::support {
namespace {

class Tls : public testing::Test {
 protected:
  Tls() : authority_(dir_, "authority") { authority_.Sign("server", "DNS:localhost,IP:127.0.0.1"); }

  void StartServer(const std::string& client_ca = "") {
    server_.emplace(ListenWithTls(Config().Pool("default", {"counter"}), dir_, client_ca));
    const std::vector<std::string> addresses = server_->Addresses();
    ASSERT_EQ(addresses.size(), 1u);
    address_ = addresses[0];
  }

  // A connection that trusts `authority` and shows the certificate `identity`, if that is named.
  std::shared_ptr<grpc::Channel> Connect(const Authority& authority,
                                         const std::string& identity = "") const {
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = ReadFile(authority.certificate());
    if (!identity.empty()) {
      options.pem_private_key = ReadFile(dir_.File(identity + ".key"));
      options.pem_cert_chain = ReadFile(dir_.File(identity + ".pem"));
    }
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return grpc::CreateCustomChannel(address_, grpc::SslCredentials(options), arguments);
  }

  // The owner of a registration over the connection, once the server serves.
  static std::string OwnerOver(const std::shared_ptr<grpc::Channel>& channel) {
    EXPECT_TRUE(Eventually([&] { return Health(channel) == "SERVING"; })) << Health(channel);
    const auto stub = v1::CustomActions::NewStub(channel);
    ResultStream stream = ResultStream::Register(stub.get(), "counter", R"({"count": 100})");
    const std::string owner = stream.registered().owner();
    EXPECT_EQ(stream.ReadAll().size(), 101u);
    return owner;
  }

  TempDir dir_;
  const Authority authority_;
  std::optional<RscadProcess> server_;
  std::string address_;
};

TEST_F(Tls, CarriesResultsToClientsWithoutCertificate) {
  StartServer();
  EXPECT_EQ(OwnerOver(Connect(authority_)), "anonymous");
  const Authority other(dir_, "other");
  EXPECT_EQ(Health(Connect(other)), "UNAVAILABLE") << "the client does not trust the server";
  EXPECT_EQ(Health(grpc::CreateChannel(address_, grpc::InsecureChannelCredentials())),
            "UNAVAILABLE")
      << "there is no way around TLS";
}

TEST_F(Tls, WithClientAuthorityNamesTheOwnerByCertificate) {
  authority_.Sign("alice", "");
  authority_.Sign("named", "DNS:bob.example");
  authority_.Sign("workload", "URI:spiffe://example/agent,DNS:agent.example");
  StartServer(authority_.certificate());
  EXPECT_EQ(OwnerOver(Connect(authority_, "alice")), "cert:alice");
  EXPECT_EQ(OwnerOver(Connect(authority_, "named")), "cert:bob.example");
  EXPECT_EQ(OwnerOver(Connect(authority_, "workload")), "cert:spiffe://example/agent");
}

TEST_F(Tls, WithClientAuthorityRefusesWhoHasNoCertificateOfIt) {
  const Authority other(dir_, "other");
  other.Sign("stranger", "");
  StartServer(authority_.certificate());
  EXPECT_EQ(Health(Connect(authority_)), "UNAVAILABLE");
  EXPECT_EQ(Health(Connect(authority_, "stranger")), "UNAVAILABLE");
}

TEST_F(Tls, OneOwnerDoesNotEndTheRegistrationsOfAnotherByFunction) {
  authority_.Sign("alice", "");
  authority_.Sign("bob", "");
  StartServer(authority_.certificate());
  const auto alice_channel = Connect(authority_, "alice");
  const auto bob_channel = Connect(authority_, "bob");
  ASSERT_TRUE(Eventually([&] { return Health(alice_channel) == "SERVING"; }));
  const auto alice = v1::CustomActions::NewStub(alice_channel);
  const auto bob = v1::CustomActions::NewStub(bob_channel);
  ResultStream stream = ResultStream::Register(alice.get(), "counter", R"({"interval_ms": 5})");
  stream.ReadResults(1);
  v1::UnregisterCustomActionRequest request;
  request.set_function("counter");
  EXPECT_THAT(ResultStream::Unregister(bob.get(), request).Finish(),
              IsError(absl::StatusCode::kNotFound, "REGISTRATION_NOT_FOUND"));
  EXPECT_THAT(ResultStream::Unregister(alice.get(), request).Finish(), IsOk());
}

TEST_F(Tls, TakesNewCertificatesWithoutARestart) {
  StartServer();
  EXPECT_TRUE(Eventually([&] { return Health(Connect(authority_)) == "SERVING"; }));
  const Authority next(dir_, "next");
  next.Sign("server", "DNS:localhost,IP:127.0.0.1");
  EXPECT_TRUE(Eventually([&] { return Health(Connect(next)) == "SERVING"; }));
}

}  // namespace
}  // namespace rsca::support
