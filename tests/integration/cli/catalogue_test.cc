// actions, describe, registrations, health.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/cli/cli.h"

namespace rsca::support {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;

TEST(CliActions, ListsWhatCanBeCalledInEveryFormat) {
  RscadProcess server(Config().Pool("default", {"counter", "echo"}));
  const CliRun table = Rsca(server, {"actions"});
  EXPECT_EQ(table.exit, kOk);
  EXPECT_THAT(table.out, ContainsRegex("^FUNCTION +ANSWERS +SUMMARY\ncounter +many"));
  EXPECT_THAT(table.out, ContainsRegex("\necho +once"));
  EXPECT_EQ(Rsca(server, {"actions", "-o", "raw"}).out,
            "counter\necho\necho.failing\necho.later\necho.wide\nrestartable_counter\n");
  const Json actions = Rsca(server, {"actions", "-o", "json"}).OutJson();
  ASSERT_EQ(actions.size(), 6U);
  EXPECT_EQ(actions[0]["function"], "counter");
  EXPECT_EQ(actions[0]["arguments_schema"]["properties"]["count"]["type"], "integer");
  const auto lines = Rsca(server, {"actions", "-o", "jsonl"}).OutJsonLines();
  ASSERT_EQ(lines.size(), 6U);
  EXPECT_EQ(lines[1]["answers"], "once");
}

TEST(CliDescribe, ShowsTheArgumentsAsATableAndAnExample) {
  RscadProcess server(Config().Pool("default", {BuiltIn("file"), BuiltIn("process")}));
  const CliRun tail = Rsca(server, {"describe", "file.tail"});
  EXPECT_EQ(tail.exit, kOk);
  EXPECT_THAT(tail.out, ContainsRegex("ARGUMENT +TYPE +REQUIRED +DEFAULT +DESCRIPTION"));
  EXPECT_THAT(tail.out, ContainsRegex("\npath +string +yes"));
  EXPECT_THAT(tail.out, ContainsRegex("\nlines +integer 0\\.\\.[0-9]+ +- +10 "));
  EXPECT_THAT(tail.out, HasSubstr("semantics  read-only"));
  EXPECT_THAT(tail.out, HasSubstr("rsca register file.tail path=PATH"));
  EXPECT_THAT(Rsca(server, {"describe", "process.exec"}).out,
              HasSubstr("rsca register process.exec -- WORD WORD"));
  const CliRun schema = Rsca(server, {"describe", "file.tail", "-o", "raw"});
  EXPECT_EQ(schema.OutJson()["required"][0], "path");
  EXPECT_EQ(Rsca(server, {"describe", "file.tail", "-o", "json"}).OutJson()["function"],
            "file.tail");
}

TEST(CliDescribe, OfAFunctionWithoutASchemaSaysThatItTakesText) {
  RscadProcess server(Config().Pool("default", {Plain()}));
  EXPECT_THAT(Rsca(server, {"describe", "plain.ticks"}).out, HasSubstr("takes any text"));
}

TEST(CliDescribe, GuessesWhatWasMeant) {
  RscadProcess server(Config().Pool("default", {"counter"}));
  const CliRun described = Rsca(server, {"describe", "conuter"});
  EXPECT_EQ(described.exit, kCallFailed);
  EXPECT_EQ(described.out, "");
  EXPECT_THAT(described.err, HasSubstr("did you mean `counter`?"));
  EXPECT_THAT(described.err, HasSubstr("ACTION_NOT_FOUND"));
}

TEST(CliRegistrations, ShowsThemInEveryFormat) {
  RscadProcess server(Config().Pool("default", {"counter"}));
  EXPECT_THAT(Rsca(server, {"registrations"}).out,
              ContainsRegex("^NAME +FUNCTION +OWNER +STATE +KEPT +STREAMS +SIZE +AGE +OUTCOME\n$"));
  EXPECT_EQ(Rsca(server, {"registrations", "-o", "json"}).out, "[]\n");
  const CliRun counted = Rsca(server, {"register", "counter", "count=3", "-o", "jsonl"});
  const std::string name = counted.OutJsonLines()[0]["registration"]["name"];
  const CliRun table = Rsca(server, {"registrations"});
  EXPECT_EQ(table.exit, kOk);
  EXPECT_THAT(table.out, HasSubstr(name));
  EXPECT_THAT(table.out, ContainsRegex("counter +local +ended +1\\.\\.4 +0 .* completed\n"));
  EXPECT_EQ(Rsca(server, {"registrations", "-o", "raw"}).out, name + "\n");
  const Json all = Rsca(server, {"registrations", "-o", "json"}).OutJson();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0]["outcome"]["kind"], "completed");
  EXPECT_EQ(Rsca(server, {"registrations", "-o", "jsonl"}).OutJsonLines()[0], all[0]);
}

TEST(CliRegistrations, ShowsOneInDetail) {
  RscadProcess server(Config().Pool("default", {"counter"}));
  const CliRun counted = Rsca(server, {"register", "counter", "count=3", "-o", "jsonl"});
  const std::string name = counted.OutJsonLines()[0]["registration"]["name"];
  const CliRun shown = Rsca(server, {"registrations", name});
  EXPECT_EQ(shown.exit, kOk);
  EXPECT_THAT(shown.out, HasSubstr(name));
  EXPECT_THAT(shown.out, HasSubstr("arguments     {\"count\":3}\n"));
  EXPECT_THAT(shown.out, HasSubstr("outcome       completed\n"));
  const CliRun missing = Rsca(server, {"registrations", "registrations/none"});
  EXPECT_EQ(missing.exit, kCallFailed);
  EXPECT_THAT(missing.err, HasSubstr("REGISTRATION_NOT_FOUND"));
}

TEST(CliHealth, AnswersForTheServerAndItsPools) {
  RscadProcess server(Config().Pool("default", {"counter"}));
  const CliRun health = Rsca(server, {"health"});
  EXPECT_EQ(health.exit, kOk);
  EXPECT_EQ(health.out, "SERVING\n");
  ASSERT_TRUE(server.WaitForHealth("pool/default"));
  EXPECT_EQ(Rsca(server, {"health", "pool/default", "-o", "json"}).OutJson(),
            Json({{"service", "pool/default"}, {"status", "SERVING"}}));
  EXPECT_EQ(Rsca(server, {"health", "pool/none"}).exit, kCallFailed);
}

TEST(CliHealth, TellsAPoolThatDoesNotServeFromAServerThatIsAway) {
  RscadProcess server(Config().Pool("default", {"counter"}).Pool("broken", {"not_a_library"}));
  ASSERT_TRUE(server.WaitForHealth("pool/broken", "NOT_SERVING"));
  const CliRun broken = Rsca(server, {"health", "pool/broken"});
  EXPECT_EQ(broken.exit, kActionFailed);
  EXPECT_EQ(broken.out, "NOT_SERVING\n");
  const CliRun away = Rsca(server, {"health", "--server", "unix:/nowhere/rscad.sock"});
  EXPECT_EQ(away.exit, kCallFailed);
  EXPECT_EQ(away.out, "");
}

}  // namespace
}  // namespace rsca::support
