#include "server/security/credentials.h"

#include <gmock/gmock.h>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tests/unit/server/security/tls_fixture.h"

namespace rsca::security {
namespace {

using Principal = TlsFixture;

// The message of a call that arrived: the caller's principal.
std::string Arrived(const grpc::Status& status) {
  EXPECT_EQ(status.error_code(), grpc::StatusCode::ABORTED) << status.error_message();
  return status.error_message();
}

bool Refused(const grpc::Status& status) {
  return status.error_code() == grpc::StatusCode::UNAVAILABLE;
}

class Tls : public TlsFixture {
 protected:
  // Calls until the server has read its files again and refuses or accepts.
  grpc::Status CallUntil(bool refused, const std::string& authority,
                         const std::string& client) const {
    const absl::Time give_up = absl::Now() + absl::Seconds(60);
    while (true) {
      const grpc::Status status = Call(authority, client);
      if (Refused(status) == refused || absl::Now() > give_up) return status;
      absl::SleepFor(absl::Milliseconds(20));
    }
  }
};

TEST_F(Tls, ServesClientsThatTrustItsAuthority) {
  Serve(TlsListener(""));
  EXPECT_EQ(Arrived(Call("ca", "")), "anonymous");
  MakeAuthority("other");
  EXPECT_TRUE(Refused(Call("other", "")));
  EXPECT_TRUE(Refused(CallWith(grpc::InsecureChannelCredentials())));
}

TEST_F(Tls, WithoutClientAuthoritiesACertificateProvesNothing) {
  Serve(TlsListener(""));
  MakeAuthority("own");
  MakeCertificate("client", "own", "/CN=root", "");
  EXPECT_EQ(Arrived(Call("ca", "client")), "anonymous");
}

TEST_F(Tls, MutualTlsRefusesClientsWithoutACertificateOfItsAuthority) {
  MakeAuthority("clients");
  MakeAuthority("foreign");
  MakeCertificate("client", "clients", "/CN=alice", "");
  MakeCertificate("stranger", "foreign", "/CN=alice", "");
  Serve(TlsListener("clients"));
  EXPECT_EQ(Arrived(Call("ca", "client")), "cert:alice");
  EXPECT_TRUE(Refused(Call("ca", "")));
  EXPECT_TRUE(Refused(Call("ca", "stranger")));
  EXPECT_TRUE(Refused(CallWith(grpc::InsecureChannelCredentials())));
}

TEST_F(Tls, CertificatesAreReadAgainWhenTheFilesChange) {
  MakeAuthority("clients");
  MakeCertificate("client", "clients", "/CN=alice", "");
  Serve(TlsListener("clients"));
  ASSERT_EQ(Arrived(Call("ca", "client")), "cert:alice");

  MakeAuthority("next-ca");
  MakeCertificate("next-server", "next-ca", "/CN=server", "DNS:localhost");
  MakeAuthority("next-clients");
  MakeCertificate("next-client", "next-clients", "/CN=bob", "");
  ASSERT_TRUE(Refused(Call("next-ca", "next-client")));
  Replace("server", "next-server");
  Replace("clients", "next-clients");

  EXPECT_EQ(Arrived(CallUntil(false, "next-ca", "next-client")), "cert:bob");
  EXPECT_TRUE(Refused(Call("ca", "client")));
}

TEST_F(Tls, ABrokenFileInBetweenIsNoLastingHarm) {
  Serve(TlsListener(""));
  ASSERT_EQ(Arrived(Call("ca", "")), "anonymous");
  MakeAuthority("next-ca");
  MakeCertificate("next-server", "next-ca", "/CN=server", "DNS:localhost");
  Run("echo nonsense | tee " + Path("server.pem") + " " + Path("server.key"));
  EXPECT_TRUE(Refused(CallUntil(true, "ca", "")));
  Replace("server", "next-server");
  EXPECT_EQ(Arrived(CallUntil(false, "next-ca", "")), "anonymous");
}

TEST_F(Principal, IsLocalOnAUnixSocket) {
  rsca::config::v1::Listener listener;
  listener.set_address("unix:" + Path("s"));
  Serve(listener);
  EXPECT_EQ(Arrived(CallWith(grpc::InsecureChannelCredentials())), "local");
}

TEST_F(Principal, IsAnonymousInPlainText) {
  rsca::config::v1::Listener listener;
  listener.set_address("127.0.0.1:0");
  listener.set_insecure(true);
  Serve(listener);
  EXPECT_EQ(Arrived(CallWith(grpc::InsecureChannelCredentials())), "anonymous");
}

TEST_F(Principal, PlainTextNeedsTheWord) {
  rsca::config::v1::Listener listener;
  listener.set_address("127.0.0.1:0");
  EXPECT_TRUE(absl::IsInvalidArgument(MakeServerCredentials(listener).status()));
}

TEST_F(Principal, IsTheMostPreciseNameInTheCertificate) {
  MakeCertificate("spiffe", "ca", "/CN=c", "DNS:d.example,URI:spiffe://example.org/w/1");
  MakeCertificate("dns", "ca", "/CN=c", "DNS:d.example,DNS:e.example");
  MakeCertificate("name", "ca", "/O=x/CN=Common Name", "");
  Serve(TlsListener("ca"));
  EXPECT_EQ(Arrived(Call("ca", "spiffe")), "cert:spiffe://example.org/w/1");
  EXPECT_EQ(Arrived(Call("ca", "dns")), "cert:d.example");
  EXPECT_EQ(Arrived(Call("ca", "name")), "cert:Common Name");
}

TEST_F(Principal, ACommonNameCannotPassForASpiffeId) {
  MakeCertificate("fake", "ca", "/CN=spiffe:\\/\\/example.org\\/w\\/1", "");
  MakeCertificate("nameless", "ca", "/O=x", "");
  Serve(TlsListener("ca"));
  EXPECT_EQ(Arrived(Call("ca", "fake")), "anonymous");
  EXPECT_EQ(Arrived(Call("ca", "nameless")), "anonymous");
}

}  // namespace
}  // namespace rsca::security
