// channel list, start, stop; app list, preload.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "tests/integration/cli/cli.h"

namespace rsca::support {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;

constexpr ExitStatus kOk{};
constexpr ExitStatus kActionFailed{.status = 1};
constexpr ExitStatus kUsage{.status = 2};
constexpr ExitStatus kCallFailed{.status = 3};
constexpr ExitStatus kSignal{.status = 128 + SIGINT};

Config Everything() {
  Manager manager("everything");
  manager.once = {"everything.messages", "everything.preloading"};
  return Config().Pool("default", {manager},
                       {{"applications", "[{id: /LM/1/ROOT, site_id: 1}, {id: shop}]"}});
}

bool WaitForOutput(const ChildProcess& rsca, const std::string& text) {
  return Eventually([&] { return rsca.Output().find(text) != std::string::npos; });
}

TEST(CliChannel, StartsOneThatGoesOnAndStopsIt) {
  RscadProcess server(Everything());
  ASSERT_TRUE(server.WaitForHealth("pool/default"));
  const auto rsca = StartRsca(server, {"channel", "start", "test.ok", "port=514", "host=here"});
  ASSERT_TRUE(WaitForOutput(*rsca, "1 (test.ok) started by everything in default-1\n"));
  EXPECT_EQ(Rsca(server, {"run", "everything.messages", "1 3"}).exit, kOk);
  ASSERT_TRUE(WaitForOutput(*rsca, " 3 in all\n"));
  rsca->Signal(SIGINT);
  const CliRun left = Finish(rsca.get());
  EXPECT_EQ(left.exit, kSignal);
  EXPECT_EQ(left.err, "it goes on; to stop it: rsca channel stop 1\n");

  const CliRun list = Rsca(server, {"channel", "list"});
  EXPECT_EQ(list.exit, kOk);
  EXPECT_THAT(list.out, ContainsRegex("^ID +PROTOCOL +STATE +ARGUMENTS +MESSAGES +AGE +WORKER"));
  EXPECT_THAT(list.out,
              ContainsRegex("\n1 +test\\.ok +started +\\{\"port\":514,\"host\":\"here\"\\} +3 "));
  const Json channel = Rsca(server, {"channel", "list", "-o", "json"}).OutJson()[0];
  EXPECT_EQ(channel["blob"], R"({"port":514,"host":"here"})");
  EXPECT_EQ(Rsca(server, {"__complete", "channel", "stop", ""}).out, "1\ttest.ok\n");

  const CliRun stop = Rsca(server, {"channel", "stop", "1"});
  EXPECT_EQ(stop.exit, kOk);
  EXPECT_EQ(stop.out, "1 (test.ok) stopped: it was asked to stop\n");
  EXPECT_EQ(stop.err, "");
  EXPECT_THAT(Rsca(server, {"channel", "list"}).out, ContainsRegex("\n1 +test\\.ok +stopped "));
}

TEST(CliChannel, TakesTheBlobFromFilesAndStandardInput) {
  RscadProcess server(Everything());
  ASSERT_TRUE(server.WaitForHealth("pool/default"));
  WriteFile(server.dir().File("blob"), "from a file\n");
  const CliRun file = Rsca(server, {"channel", "start", "test.ok", "--detach", "-o", "raw",
                                    "--blob", server.dir().File("blob")});
  EXPECT_EQ(file.exit, kOk);
  EXPECT_EQ(file.out, "1\n");
  EXPECT_EQ(
      Rsca(server, {"channel", "start", "test.ok", "--detach", "--blob", "-"}, "\xff\xfe").exit,
      kOk);
  EXPECT_EQ(Rsca(server, {"channel", "start", "test.ok", "--detach", R"({"a": [1]})"}).exit, kOk);
  const Json channels = Rsca(server, {"channel", "list", "-o", "json"}).OutJson();
  ASSERT_EQ(channels.size(), 3U);
  EXPECT_EQ(channels[0]["blob"], "from a file\n");
  EXPECT_EQ(channels[1]["blob_base64"], "//4=");
  EXPECT_EQ(channels[2]["blob"], R"({"a": [1]})");
  const std::string table = Rsca(server, {"channel", "list"}).out;
  EXPECT_THAT(table, ContainsRegex("\n1 +test\\.ok +started +from a file  "));
  EXPECT_THAT(table, ContainsRegex("\n2 +test\\.ok +started +2 bytes  "));
  EXPECT_EQ(Rsca(server, {"channel", "start", "test.ok", "a=1", "--blob", "-"}).exit, kUsage);
  EXPECT_EQ(Rsca(server, {"channel", "start", "test.ok", "--blob", "/nowhere"}).exit, kUsage);
}

TEST(CliChannel, TellsARefusalFromAFailedStop) {
  RscadProcess server(Everything());
  ASSERT_TRUE(server.WaitForHealth("pool/default"));
  const CliRun refused = Rsca(server, {"channel", "start", "test.refused"});
  EXPECT_EQ(refused.exit, kCallFailed);
  EXPECT_THAT(refused.err, HasSubstr("PERMISSION_DENIED"));
  EXPECT_EQ(refused.out, "");
  const CliRun dies = Rsca(server, {"channel", "start", "test.dies"});
  EXPECT_EQ(dies.exit, kActionFailed);
  EXPECT_THAT(dies.out, HasSubstr("stopped: 0x8007006d"));
  const CliRun unknown = Rsca(server, {"channel", "stop", "77"});
  EXPECT_EQ(unknown.exit, kCallFailed);
  EXPECT_THAT(unknown.err, HasSubstr("`rsca channel list` lists them"));
  EXPECT_EQ(Rsca(server, {"channel", "stop", "one"}).exit, kUsage);
}

TEST(CliChannel, WantsThePoolWhereThereAreSeveral) {
  RscadProcess server(Everything().Pool("other", {"echo"}));
  ASSERT_TRUE(server.WaitForHealth("pool/default"));
  const CliRun which = Rsca(server, {"channel", "start", "test.ok"});
  EXPECT_EQ(which.exit, kUsage);
  EXPECT_THAT(which.err, HasSubstr("name the pool with --pool: default, other"));
  EXPECT_EQ(Rsca(server, {"channel", "start", "test.ok", "--pool", "default", "--detach"}).exit,
            kOk);
}

TEST(CliApp, ListsAndPreloads) {
  RscadProcess server(Everything());
  ASSERT_TRUE(server.WaitForHealth("pool/default"));
  const CliRun list = Rsca(server, {"app", "list"});
  EXPECT_EQ(list.exit, kOk);
  EXPECT_THAT(list.out, ContainsRegex("^APPLICATION +POOL +SITE +VIRTUAL PATH +STATE"));
  EXPECT_THAT(list.out, ContainsRegex("\n/LM/1/ROOT +default +1 +/ +not loaded"));
  EXPECT_EQ(Rsca(server, {"__complete", "app", "preload", "/"}).out, "/LM/1/ROOT\tnot_loaded\n");
  const CliRun loaded = Rsca(server, {"app", "preload", "/LM/1/ROOT"});
  EXPECT_EQ(loaded.exit, kOk);
  EXPECT_EQ(loaded.out, "/LM/1/ROOT: loaded in default-1\n");
  EXPECT_EQ(Rsca(server, {"run", "everything.preloading", "error"}).exit, kOk);
  const CliRun failed = Rsca(server, {"app", "preload", "shop"});
  EXPECT_EQ(failed.exit, kActionFailed);
  EXPECT_THAT(failed.out, HasSubstr("shop: failed in default-1\n  everything: 0x8007000e"));
  EXPECT_EQ(Rsca(server, {"app", "preload", "shop", "-o", "json"}).OutJson()[0]["failures"].size(),
            1U);
  const CliRun unknown = Rsca(server, {"app", "preload", "nothing"});
  EXPECT_EQ(unknown.exit, kCallFailed);
  EXPECT_THAT(unknown.err, HasSubstr("there is no application `nothing`"));
}

TEST(CliApp, SaysThatNoProtocolManagerPreloads) {
  RscadProcess server(
      Config().Pool("default", {"echo"}, {{"applications", "[{id: /LM/1/ROOT, site_id: 1}]"}}));
  ASSERT_TRUE(server.WaitForHealth("pool/default"));
  const CliRun failed = Rsca(server, {"app", "preload", "/LM/1/ROOT"});
  EXPECT_EQ(failed.exit, kActionFailed);
  EXPECT_THAT(failed.out, HasSubstr("\n  0x80004002 (E_NOINTERFACE): no protocol manager"));
}

}  // namespace
}  // namespace rsca::support
