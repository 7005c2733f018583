// The C++ client and a real server with TLS.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "rsca/client/client.h"
#include "tests/support/authority.h"
#include "tests/support/eventually.h"
#include "tests/support/rscad_process.h"

namespace rsca::client {
namespace {

using support::Authority;
using support::Config;
using support::Eventually;
using support::RscadProcess;
using ::testing::HasSubstr;

class ClientTls : public ::testing::Test {
 protected:
  ClientTls() : authority_(dir_, "authority") {
    authority_.Sign("server", "DNS:rscad.example");
    authority_.Sign("alice", "");
  }

  void StartServer(const std::string& client_ca = "") {
    server_.emplace(support::ListenWithTls(Config().Pool("default", {"counter"}), dir_, client_ca));
    options_.address = server_->Addresses().at(0);
    options_.tls = TlsOptions{.ca_file = authority_.certificate(), .server_name = "rscad.example"};
  }

  void ShowCertificate(const std::string& name) {
    options_.tls->certificate_file = dir_.File(name + ".pem");
    options_.tls->private_key_file = dir_.File(name + ".key");
  }

  // The owner of a registration whose results all came.
  std::string OwnerOfACount() {
    absl::StatusOr<Client> client = Client::Connect(options_);
    if (!client.ok()) return client.status().ToString();
    EXPECT_TRUE(Eventually([&] { return client->CheckHealth({}, "pool/default").ok(); }));
    absl::StatusOr<ResultStream> stream = client->Register("counter", R"({"count": 1000})");
    if (!stream.ok()) return stream.status().ToString();
    uint64_t last = 0;
    for (const Event& event : *stream) EXPECT_EQ(event.sequence(), ++last);
    EXPECT_EQ(last, 1001u) << stream->status();
    return stream->registration().owner();
  }

  // Of a call, which says the same as waiting for the connection does.
  absl::Status Failure() {
    absl::Status failure = Client::Connect(options_)->CheckHealth();
    ConnectOptions waiting = options_;
    waiting.ready_timeout = absl::Milliseconds(500);
    const absl::Status waited = Client::Connect(waiting).status();
    EXPECT_EQ(waited.code(), absl::StatusCode::kUnavailable);
    EXPECT_THAT(std::string(waited.message()), HasSubstr(options_.address));
    return failure;
  }

  support::TempDir dir_;
  const Authority authority_;
  std::optional<RscadProcess> server_;
  ConnectOptions options_;
};

TEST_F(ClientTls, CarriesEveryResult) {
  StartServer();
  EXPECT_EQ(OwnerOfACount(), "anonymous");
}

TEST_F(ClientTls, IsKnownByItsCertificate) {
  StartServer(authority_.certificate());
  ShowCertificate("alice");
  EXPECT_EQ(OwnerOfACount(), "cert:alice");
}

TEST_F(ClientTls, SaysThatTheAuthorityIsTheWrongOne) {
  StartServer();
  options_.tls->ca_file = Authority(dir_, "other").certificate();
  const absl::Status failure = Failure();
  EXPECT_TRUE(absl::IsUnavailable(failure));
  EXPECT_EQ(ErrorReason(failure), "SERVER_NOT_TRUSTED") << failure;
}

TEST_F(ClientTls, DoesNotTryAgainWhatCannotSucceed) {
  StartServer();
  options_.tls->ca_file = Authority(dir_, "other").certificate();
  RegisterOptions patient;
  patient.retry.open_limit = absl::InfiniteDuration();
  EXPECT_EQ(ErrorReason(Client::Connect(options_)->Register("counter", "", patient).status()),
            "SERVER_NOT_TRUSTED");
}

TEST_F(ClientTls, SaysThatTheNameIsAnother) {
  StartServer();
  options_.tls->server_name = "";
  EXPECT_EQ(ErrorReason(Failure()), "SERVER_NAME_MISMATCH") << Failure();
}

TEST_F(ClientTls, SaysThatTheServerHungUp) {
  StartServer(authority_.certificate());
  EXPECT_EQ(ErrorReason(Failure()), "CONNECTION_CLOSED") << "without a certificate";
  options_.tls.reset();
  EXPECT_EQ(ErrorReason(Failure()), "CONNECTION_CLOSED") << "in plain text";
}

TEST_F(ClientTls, RefusesFilesThatDoNotFit) {
  StartServer();
  ShowCertificate("alice");
  options_.tls->private_key_file = dir_.File("server.key");
  const absl::Status refused = Client::Connect(options_).status();
  EXPECT_TRUE(absl::IsInvalidArgument(refused)) << refused;
  EXPECT_THAT(std::string(refused.message()), HasSubstr("server.key is not the key of"));
}

}  // namespace
}  // namespace rsca::client
