// The real rsca, a real server with TLS, and what users get wrong between the two.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <optional>

#include "tests/integration/cli/cli.h"
#include "tests/support/authority.h"

namespace rsca::support {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class CliTls : public testing::Test {
 protected:
  CliTls() : authority_(dir_, "authority") {}

  // A server whose certificate is for `name`.
  void StartServer(const std::string& client_ca = "", const std::string& name = "IP:127.0.0.1") {
    authority_.Sign("server", name);
    server_.emplace(ListenWithTls(Config().Pool("default", {"counter"}), dir_, client_ca));
    const std::vector<std::string> addresses = server_->Addresses();
    ASSERT_EQ(addresses.size(), 1u);
    address_ = addresses[0];
  }

  std::vector<std::string> To(std::vector<std::string> words,
                              const std::vector<std::string>& more) const {
    words.insert(words.end(), {"--server", address_});
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }

  // The files of `identity`, too, if that is named.
  std::vector<std::string> Trusting(const Authority& authority,
                                    const std::string& identity = "") const {
    std::vector<std::string> options = {"--ca", authority.certificate()};
    if (!identity.empty()) {
      options.insert(options.end(), {"--cert", dir_.File(identity + ".pem"), "--key",
                                     dir_.File(identity + ".key")});
    }
    return options;
  }

  // Ten results through all of it.
  void ExpectItCounts(const std::vector<std::string>& options) {
    ASSERT_TRUE(Eventually([&] {
      return Rsca(*server_, To({"health", "pool/default"}, options)).out == "SERVING\n";
    }));
    const CliRun run = Rsca(*server_, To({"register", "counter", "count=10"}, options));
    EXPECT_EQ(run.exit, kOk) << run.err;
    EXPECT_EQ(run.out, "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\ncount=10\n");
  }

  // What every kind of call says on standard error, which must not be gRPC's own log.
  std::string ErrorWith(const std::vector<std::string>& options) {
    const CliRun list = Rsca(*server_, To({"actions"}, options));
    EXPECT_EQ(list.exit, kCallFailed);
    EXPECT_EQ(list.out, "");
    const CliRun stream = Rsca(*server_, To({"attach", "registrations/1"}, options));
    EXPECT_EQ(stream.exit, kCallFailed);
    EXPECT_EQ(stream.err, list.err);
    EXPECT_THAT(list.err,
                AllOf(HasSubstr("cannot connect to " + address_), Not(HasSubstr("ssl_transport"))));
    return list.err;
  }

  TempDir dir_;
  const Authority authority_;
  std::optional<RscadProcess> server_;
  std::string address_;
};

TEST_F(CliTls, CarriesACallAndAStream) {
  StartServer();
  ExpectItCounts(Trusting(authority_));
}

TEST_F(CliTls, ShowsTheCertificateOfTheUser) {
  authority_.Sign("alice", "");
  StartServer(authority_.certificate());
  const std::vector<std::string> options = Trusting(authority_, "alice");
  ExpectItCounts(options);
  const CliRun run = Rsca(*server_, To({"registrations", "-o", "json"}, options));
  EXPECT_EQ(run.OutJson()[0]["owner"], "cert:alice");
}

TEST_F(CliTls, TakesTheNameInTheCertificateFromTheUser) {
  StartServer("", "DNS:rscad.example");
  EXPECT_THAT(ErrorWith(Trusting(authority_)),
              AllOf(HasSubstr("the server's certificate is for another name"),
                    HasSubstr("in the address or with --server-name")));
  std::vector<std::string> named = Trusting(authority_);
  named.insert(named.end(), {"--server-name", "rscad.example"});
  ExpectItCounts(named);
  named.back() = "other.example";
  EXPECT_THAT(ErrorWith(named),
              HasSubstr("--server-name is other.example, which it does not hold"));
}

TEST_F(CliTls, SaysThatTheAuthorityIsTheWrongOne) {
  StartServer();
  const Authority other(dir_, "other");
  EXPECT_THAT(ErrorWith(Trusting(other)),
              AllOf(HasSubstr("no authority that is trusted here has signed"),
                    HasSubstr("with --ca; it is " + other.certificate() + " now")));
  EXPECT_THAT(ErrorWith({"--server-name", "localhost"}),
              HasSubstr("with --ca; the system's authorities are used without it"));
}

TEST_F(CliTls, SaysThatACertificateIsMissing) {
  const Authority other(dir_, "other");
  other.Sign("stranger", "");
  StartServer(authority_.certificate());
  EXPECT_THAT(ErrorWith(Trusting(authority_)),
              AllOf(HasSubstr("the server closed the connection"),
                    HasSubstr("name it with --cert, and its key with --key")));
  EXPECT_THAT(ErrorWith(Trusting(authority_, "stranger")),
              HasSubstr("it may not accept " + dir_.File("stranger.pem")));
}

TEST_F(CliTls, SaysThatPlainTextIsNotEnough) {
  StartServer();
  EXPECT_THAT(ErrorWith({}), AllOf(HasSubstr("the server closed the connection"),
                                   HasSubstr("it may want TLS"), HasSubstr("with --ca")));
}

TEST_F(CliTls, SaysThatTheServerHasNone) {
  server_.emplace(
      Config().Pool("default", {"counter"}).Listen("127.0.0.1:0", {{"insecure", "true"}}));
  address_ = server_->Addresses().at(0);
  EXPECT_THAT(ErrorWith(Trusting(authority_)),
              AllOf(HasSubstr("the server answers in plain text"), HasSubstr("leave out --ca")));
}

TEST_F(CliTls, NamesTheFileThatIsNotWhatItShouldBe) {
  authority_.Sign("alice", "");
  StartServer();
  const std::string none = dir_.File("empty");
  WriteFile(none, "");
  const std::string alice = dir_.File("alice.pem");
  const std::pair<std::vector<std::string>, std::string> wrong[] = {
      {{"--ca", "/no/ca.pem"}, "`/no/ca.pem`: No such file or directory"},
      {{"--ca", none}, none + " holds no PEM certificate"},
      {{"--cert", none, "--key", none}, none + " holds no PEM certificate"},
      {{"--cert", alice, "--key", none}, none + " holds no PEM private key"},
      {{"--cert", alice, "--key", dir_.File("server.key")},
       dir_.File("server.key") + " is not the key of the first certificate in " + alice}};
  for (const auto& [options, message] : wrong) {
    const CliRun run = Rsca(*server_, To({"actions"}, options));
    EXPECT_EQ(run.exit, kUsage);
    EXPECT_THAT(run.err, HasSubstr(message));
  }
}

TEST_F(CliTls, CompletesOverIt) {
  StartServer();
  const std::vector<std::string> options = Trusting(authority_);
  ExpectItCounts(options);
  std::vector<std::string> words = {"__complete", "--server", address_};
  words.insert(words.end(), options.begin(), options.end());
  words.insert(words.end(), {"describe", "cou"});
  EXPECT_THAT(Rsca(*server_, words).out, testing::StartsWith("counter\t"));
}

}  // namespace
}  // namespace rsca::support
