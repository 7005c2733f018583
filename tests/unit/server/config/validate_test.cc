#include "server/config/validate.h"

#include <cstdlib>

#include "tests/unit/server/config/config_fixture.h"

namespace rsca::config {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

using Pools = ConfigFixture;
using Functions = ConfigFixture;

std::string Pool(const std::string& manager) {
  return "pools:\n- name: a\n  protocol_managers:\n  - " + manager + "\n";
}

TEST_F(Pools, NamesAreUniqueAndPlain) {
  const std::string manager = ", protocol_managers: [{name: file}]}\n";
  EXPECT_EQ(Problems("pools:\n- {name: A_b" + manager),
            "FILE:2:4: pools[0].name: is `A_b`; allowed are 1 to 64 characters of a-z, 0-9 and -");
  EXPECT_EQ(Problems("pools:\n- {name: a" + manager + "- {name: a" + manager),
            "FILE:3:4: pools[1].name: is `a`, which is taken; names must be unique");
  EXPECT_EQ(
      Problems("pools:\n- name: a\n  protocol_managers: [{name: file}, {name: file}]\n"),
      "FILE:3:38: pools[0].protocol_managers[1].name: is `file`, which is taken; names must be "
      "unique");
  EXPECT_EQ(Problems("pools:\n- {name: a" + manager + "- {name: b" + manager), "");
}

TEST_F(Pools, NeedAProtocolManager) {
  EXPECT_THAT(Problems("pools:\n- name: a\n"),
              StartsWith("FILE:2:3: pools[0].protocol_managers: is missing"));
  EXPECT_THAT(Problems("pools:\n- name: a\n  protocol_managers: []\n"), HasSubstr("has 0 entries"));
}

TEST_F(Pools, PluginFilesMustExist) {
  EXPECT_THAT(Problems(Pool("{name: own, library: own.so}")),
              testing::AllOf(StartsWith("FILE:4:17: pools[0].protocol_managers[0].library: "),
                             HasSubstr("own.so: No such file or directory")));
  EXPECT_THAT(Problems(Pool("{name: fil}")),
              testing::AllOf(StartsWith("FILE:4:5: pools[0].protocol_managers[0].library: `fil` is "
                                        "not an installed protocol manager"),
                             HasSubstr("built in are process, file, host, syslog")));
  EXPECT_THAT(Problems(Pool("{name: own, library: bin}")), HasSubstr("is not a regular file"));
}

TEST_F(Pools, APluginThatIsThereAndBrokenIsNoMatterOfTheConfiguration) {
  Write("own.so", "not a library");
  EXPECT_EQ(Problems(Pool("{name: own, library: own.so}")), "");
}

TEST_F(Pools, EntryPointsAreSymbols) {
  EXPECT_THAT(Problems(Pool("{name: file, entry_point: 9lives}")),
              StartsWith("FILE:4:18: pools[0].protocol_managers[0].entry_point: is `9lives`"));
}

TEST_F(Functions, NamesAreCheckedAndUnique) {
  EXPECT_THAT(Problems(Pool("{name: file, functions: [{name: 'a b'}]}")),
              HasSubstr("functions[0].name: is `a b`; allowed are 1 to 256 characters"));
  EXPECT_THAT(Problems(Pool("{name: file, functions: [{name: " + std::string(257, 'a') + "}]}")),
              HasSubstr("allowed are 1 to 256 characters"));
  EXPECT_THAT(Problems(Pool("{name: file, functions: [{name: a/b.c_D-1}, {name: a/b.c_D-1}]}")),
              HasSubstr("functions[1].name: is `a/b.c_D-1`, which another function has"));
}

class Listeners : public ConfigFixture {
 protected:
  std::string One(const std::string& listener) const {
    return Problems("listeners:\n- " + listener);
  }

  // A key and a self-signed certificate NAME.key, NAME.pem.
  void MakeCertificate(const std::string& name) const {
    const std::string command = absl::StrCat(
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=",
        name, " -keyout ", Path(name + ".key"), " -out ", Path(name + ".pem"), " 2>/dev/null");
    ASSERT_EQ(std::system(command.c_str()), 0) << command;
  }
};

TEST_F(Listeners, AddressesAreUnixPathsOrHostAndPort) {
  for (const std::string address :
       {"unix:relative", "'unix:'", "unix:/dir/", "unix-abstract:x", "nowhere", "'host:'", ":80",
        "host:99999", "host:-1", "dns:///host:1", "::1:80", "'[::1'", "'[x]:1'", "a b:1"}) {
    EXPECT_THAT(One("address: " + address), HasSubstr("expected unix:/ABSOLUTE/PATH or HOST:PORT"))
        << address;
  }
  EXPECT_THAT(One("address: unix:/" + std::string(107, 'x')),
              HasSubstr("the socket's path has 108 bytes; allowed are 107"));
  EXPECT_EQ(One("address: unix:/" + std::string(106, 'x')), "");
}

TEST_F(Listeners, TcpWithoutTlsIsRefused) {
  EXPECT_THAT(One("address: 127.0.0.1:8080"),
              testing::AllOf(StartsWith("FILE:2:3: listeners[0].address: "),
                             HasSubstr("needs `tls`"), HasSubstr("`insecure: true`")));
  for (const std::string host : {"0.0.0.0", "10.1.2.3", "'[::]", "'[2001:db8::1]", "example.org"}) {
    const std::string quote = host[0] == '\'' ? "'" : "";
    EXPECT_THAT(One("{address: " + host + ":0" + quote + ", insecure: true}"),
                HasSubstr("plain text is allowed on a loopback address only"))
        << host;
  }
}

TEST_F(Listeners, PlainTextOnLoopbackNeedsTheWord) {
  for (const std::string address : {"127.0.0.1:0", "127.9.9.9:1", "localhost:0", "'[::1]:0'"}) {
    EXPECT_EQ(One("{address: " + address + ", insecure: true}"), "") << address;
    EXPECT_NE(One("{address: " + address + "}"), "") << address;
  }
}

TEST_F(Listeners, OptionsThatContradictAreRefused) {
  MakeCertificate("server");
  const std::string tls = ", tls: {certificate_file: server.pem, private_key_file: server.key}";
  EXPECT_THAT(One("{address: 'localhost:0', insecure: true" + tls + "}"),
              HasSubstr("contradicts `tls`"));
  EXPECT_THAT(One("{address: 'unix:/x', insecure: true}"), HasSubstr("is for TCP only"));
  EXPECT_THAT(One("{address: 'unix:/x'" + tls + "}"), HasSubstr("a unix socket has no TLS"));
}

TEST_F(Listeners, AreUniqueButForFreePorts) {
  EXPECT_THAT(Problems("listeners: [{address: 'unix:/x'}, {address: 'unix:/x'}]"),
              HasSubstr("listeners[1].address: is `unix:/x`, which another listener has"));
  const std::string free_port = "{address: 'localhost:0', insecure: true}";
  EXPECT_EQ(Problems("listeners: [" + free_port + ", " + free_port + "]"), "");
}

TEST_F(Listeners, TlsFilesMustFit) {
  MakeCertificate("one");
  MakeCertificate("two");
  Write("bad.pem", "-----BEGIN CERTIFICATE-----\nbm90IG9uZQ==\n-----END CERTIFICATE-----\n");
  const auto with = [this](const std::string& certificate, const std::string& key,
                           const std::string& more = "") {
    return One("{address: '0.0.0.0:0', tls: {certificate_file: " + certificate +
               ", private_key_file: " + key + more + "}}");
  };
  EXPECT_EQ(with("one.pem", "one.key", ", client_ca_file: two.pem"), "");
  EXPECT_THAT(with("one.pem", "two.key"), HasSubstr("tls.private_key_file: " + Path("two.key") +
                                                    " is not the key of the first certificate"));
  EXPECT_THAT(with("none.pem", "one.key"), HasSubstr("tls.certificate_file: cannot read"));
  EXPECT_THAT(with("bad.pem", "one.key"), HasSubstr("holds no PEM certificate, or a broken one"));
  EXPECT_THAT(with("one.key", "one.key"), HasSubstr("tls.certificate_file: "));
  EXPECT_THAT(with("one.pem", "one.pem"), HasSubstr("holds no PEM private key"));
  EXPECT_THAT(with("one.pem", "one.key", ", client_ca_file: bad.pem"),
              HasSubstr("tls.client_ca_file: "));
  EXPECT_THAT(One("{address: '0.0.0.0:0', tls: {}}"),
              testing::AllOf(HasSubstr("tls.certificate_file: is missing"),
                             HasSubstr("tls.private_key_file: is missing")));
}

TEST_F(Listeners, AKeyWithAPassphraseIsRefusedAndNeverPromptsForIt) {
  MakeCertificate("one");
  const std::string command =
      absl::StrCat("openssl ec -aes256 -passout pass:secret -in ", Path("one.key"), " -out ",
                   Path("locked.key"), " 2>/dev/null");
  ASSERT_EQ(std::system(command.c_str()), 0);
  EXPECT_THAT(One("{address: '0.0.0.0:0', tls: {certificate_file: one.pem, private_key_file: "
                  "locked.key}}"),
              HasSubstr("or one with a passphrase"));
}

}  // namespace
}  // namespace rsca::config
