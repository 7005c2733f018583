// Ctrl-C, timeouts, and readers that go away.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "tests/integration/cli/cli.h"

namespace rsca::support {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;

TEST(CliCtrlC, InRegisterUnregistersAndPrintsTheFinalResult) {
  RscadProcess server(Config().Pool("default", {"counter"}));
  for (const int number : {SIGINT, SIGTERM}) {
    const auto rsca = StartRsca(server, {"register", "counter", "interval_ms=1"});
    const std::string name = RegistrationOf(*rsca);
    ASSERT_TRUE(Eventually([&] { return rsca->Output().find("5\n") != std::string::npos; }));
    rsca->Signal(number);
    const CliRun run = Finish(rsca.get());
    EXPECT_EQ(run.exit, kOk);
    EXPECT_THAT(run.out, ContainsRegex("\ncount=[0-9]+\n$"));
    EXPECT_THAT(run.err, HasSubstr(name + " unregistered with result "));
    const Json registration = ShowRegistration(server, name);
    EXPECT_EQ(registration["state"], "ended");
    EXPECT_EQ(registration["outcome"]["kind"], "unregistered");
  }
}

TEST(CliCtrlC, InRegisterEndsAJsonDocumentAsItShould) {
  RscadProcess server(Config().Pool("default", {"counter"}));
  const auto rsca = StartRsca(server, {"register", "counter", "interval_ms=1", "-o", "json"});
  ASSERT_TRUE(Eventually([&] { return rsca->Output().find("\"5\"") != std::string::npos; }));
  rsca->Signal(SIGINT);
  const Json document = Finish(rsca.get()).OutJson();
  EXPECT_EQ(document.back()["outcome"]["kind"], "unregistered");
  for (size_t i = 1; i < document.size(); ++i) EXPECT_EQ(document[i]["sequence"], i);
}

TEST(CliCtrlC, TwiceLeavesAtOnce) {
  RscadProcess server(Config().Pool("default", {"hangs_in_unregister"}));
  const std::string release = server.dir().File("release");
  const auto rsca = StartRsca(server, {"register", "hangs_in_unregister", release});
  const std::string name = RegistrationOf(*rsca);
  rsca->Signal(SIGINT);
  ASSERT_TRUE(
      Eventually([&] { return ShowRegistration(server, name)["state"] == "unregistering"; }));
  rsca->Signal(SIGINT);
  EXPECT_EQ(Finish(rsca.get()).exit, ExitStatus{.signal = SIGINT});
  WriteFile(release, "go");
}

TEST(CliCtrlC, BeforeThePluginHasAcceptedCancelsTheCall) {
  RscadProcess server(Config().Pool("default", {"hangs_in_register"}));
  const std::string release = server.dir().File("release");
  const auto rsca = StartRsca(server, {"register", "hangs_in_register", release});
  ASSERT_TRUE(Eventually([&] {
    return !Rsca(server, {"registrations", "-o", "raw"}).out.empty();
  }));
  rsca->Signal(SIGINT);
  const CliRun run = Finish(rsca.get());
  EXPECT_EQ(run.exit, ExitStatus{.status = 130});
  EXPECT_EQ(run.out, "");
  WriteFile(release, "go");
}

TEST(CliCtrlC, InAttachLeavesAndSaysHowToJoinAgain) {
  RscadProcess server(Config().Pool("default", {Plain()}));
  const auto owner = StartRsca(server, {"register", "plain.ticks"});
  const std::string name = RegistrationOf(*owner);
  Rsca(server, {"run", "plain.tick", "one"});
  const auto guest = StartRsca(server, {"attach", name});
  ASSERT_TRUE(Eventually([&] { return guest->Output() == "one\n"; }));
  guest->Signal(SIGINT);
  const CliRun left = Finish(guest.get());
  EXPECT_EQ(left.exit, ExitStatus{.status = 130});
  EXPECT_EQ(left.err, "joined " + name + " (plain.ticks)\nto join again: rsca attach " + name +
                          " --after 1\n");
  EXPECT_EQ(ShowRegistration(server, name)["state"], "active");

  Rsca(server, {"run", "plain.tick", "two"});
  Rsca(server, {"run", "plain.tick", "end"});
  EXPECT_EQ(Rsca(server, {"attach", name, "--after", "1"}).out, "two\nend\n");
  EXPECT_EQ(Finish(owner.get()).exit, kOk);
}

TEST(CliTimeout, InRegisterUnregisters) {
  RscadProcess server(Config().Pool("default", {"counter"}));
  const CliRun run = Rsca(server, {"register", "counter", "interval_ms=1", "--timeout", "200ms"});
  EXPECT_EQ(run.exit, kOk);
  EXPECT_THAT(run.out, ContainsRegex("count=[0-9]+\n$"));
  EXPECT_THAT(run.err, HasSubstr(" unregistered with result "));
}

TEST(CliTimeout, InAttachLeaves) {
  RscadProcess server(Config().Pool("default", {Plain()}));
  const auto owner = StartRsca(server, {"register", "plain.ticks"});
  const std::string name = RegistrationOf(*owner);
  const CliRun run = Rsca(server, {"attach", name, "--timeout", "3s"});
  EXPECT_EQ(run.exit, kCallFailed);
  EXPECT_THAT(run.err, HasSubstr("rsca attach " + name + " --after 0"));
  EXPECT_EQ(ShowRegistration(server, name)["state"], "active");
}

// The names of the registrations that were unregistered.
size_t CountUnregistered(const RscadProcess& server) {
  size_t count = 0;
  const CliRun registrations = Rsca(server, {"registrations", "-o", "json"});
  EXPECT_EQ(registrations.exit, kOk) << registrations.err;
  for (const Json& one : registrations.OutJson()) {
    if (one.contains("outcome") && one["outcome"]["kind"] == "unregistered") ++count;
  }
  return count;
}

TEST(CliPipe, ThatClosesEndsRegisterQuietlyAndUnregisters) {
  RscadProcess server(Config().Pool("default", {"counter"}));
  const CliRun run =
      Bash(server,
           "rsca register counter interval_ms=1 -o raw size=2 | head -c 2; echo ${PIPESTATUS[0]}");
  EXPECT_EQ(run.out, "1.141\n");
  EXPECT_EQ(run.err, "");
  EXPECT_TRUE(Eventually([&] { return CountUnregistered(server) == 1; }));
}

TEST(CliPipe, ThatClosesEndsRegisterWithoutWaitingForAResult) {
  RscadProcess server(Config().Pool("default", {Plain()}));
  const std::string said = server.dir().File("said");
  const CliRun run =
      Bash(server, "rsca register plain.ticks 2> " + said + " | until grep -q registered " + said +
                       "; do read -t 0.01; done; echo ${PIPESTATUS[0]}");
  EXPECT_EQ(run.out, "141\n");
  EXPECT_TRUE(Eventually([&] { return CountUnregistered(server) == 1; }));
}

TEST(CliPipe, ThatIsClosedFromTheBeginningEndsRegister) {
  RscadProcess server(Config().Pool("default", {Plain()}));
  const CliRun run = Bash(server, "rsca register plain.ticks | true; echo ${PIPESTATUS[0]}");
  EXPECT_EQ(run.out, "141\n");
}

TEST(CliPipe, ThatClosesEndsAListQuietly) {
  RscadProcess server(Config().Pool("default", {"large_responses"}));
  const CliRun run =
      Bash(server,
           "rsca run large_responses.run 1000000 -o raw | head -c 3; echo \" ${PIPESTATUS[0]}\"");
  EXPECT_EQ(run.out, "abc 141\n");
  EXPECT_EQ(run.err, "");
}

TEST(CliPipe, ToAFullDiskIsAnError) {
  RscadProcess server(Config().Pool("default", {"counter"}));
  const CliRun run = Bash(server, "rsca register counter interval_ms=1 > /dev/full");
  EXPECT_EQ(run.exit, kCallFailed);
  EXPECT_THAT(run.err, HasSubstr("cannot write to standard output: No space left on device"));
  EXPECT_TRUE(Eventually([&] { return CountUnregistered(server) == 1; }));
}

}  // namespace
}  // namespace rsca::support
