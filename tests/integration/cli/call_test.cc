// run, and what goes wrong before anything runs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "tests/integration/cli/cli.h"
#include "tests/support/proc.h"

namespace rsca::support {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST(CliRun, PrintsTheAnswerInEveryFormat) {
  RscadProcess server(Config().Pool("default", {"echo"}));
  const CliRun table = Rsca(server, {"run", "echo", "[a,b]", "größe"});
  EXPECT_EQ(table.exit, kOk);
  EXPECT_EQ(table.out, "[a,b] größe\n");
  EXPECT_EQ(table.err, "");
  EXPECT_EQ(Rsca(server, {"run", "echo", "x", "-o", "raw"}).out, "x");
  const Json json = Rsca(server, {"run", "echo", "x", "-o", "json"}).OutJson();
  EXPECT_EQ(json["response"], "x");
  EXPECT_EQ(json["hr_status"], 0);
  EXPECT_EQ(Rsca(server, {"run", "echo", "x", "-o", "jsonl"}).OutJsonLines()[0], json);
}

TEST(CliRun, ReadsArgumentsFromStandardInputAndFiles) {
  RscadProcess server(Config().Pool("default", {"echo"}));
  EXPECT_EQ(Rsca(server, {"run", "echo", "-", "-o", "raw"}, "from\ninput\n").out, "from\ninput\n");
  WriteFile(server.dir().File("arguments"), "from a file");
  EXPECT_EQ(Rsca(server, {"run", "echo", "@" + server.dir().File("arguments")}).out,
            "from a file\n");
  EXPECT_EQ(Rsca(server, {"run", "echo", "@/nowhere"}).exit, kUsage);
}

TEST(CliRun, ShowsJsonForPeopleAndKeepsItForPrograms) {
  RscadProcess server(Config().Pool("default", {BuiltIn("host")}));
  EXPECT_THAT(Rsca(server, {"run", "host.info"}).out, StartsWith("{\n  \""));
  EXPECT_TRUE(Rsca(server, {"run", "host.info", "-o", "json"}).OutJson()["response"].is_object());
}

TEST(CliRun, TellsAFailedActionFromAFailedCall) {
  RscadProcess server(Config().Pool("default", {"echo", "answers_badly"}));
  const CliRun failed = Rsca(server, {"run", "echo.failing", "why"});
  EXPECT_EQ(failed.exit, kActionFailed);
  EXPECT_EQ(failed.out, "why\n");
  EXPECT_THAT(failed.err, HasSubstr("echo.failing failed: 0x80004005 (E_FAIL)"));
  const CliRun dropped = Rsca(server, {"run", "answers_badly.drop"});
  EXPECT_EQ(dropped.exit, kCallFailed);
  EXPECT_THAT(dropped.err, HasSubstr("NO_RESPONSE"));
  EXPECT_EQ(dropped.out, "");
}

TEST(CliRun, GivesUpAfterTheTimeout) {
  RscadProcess server(Config().Pool("default", {"answers_badly"}));
  const CliRun late = Rsca(server, {"run", "answers_badly.never", "--timeout", "100ms"});
  EXPECT_EQ(late.exit, kCallFailed);
  EXPECT_THAT(late.err, HasSubstr("DEADLINE_EXCEEDED"));
}

TEST(CliRun, IsCancelledByCtrlC) {
  RscadProcess server(Config().Pool("default", {"answers_badly", "echo"}));
  const auto rsca = StartRsca(server, {"run", "answers_badly.never"});
  // It has begun to connect, at least; it may be interrupted at any time.
  ASSERT_TRUE(Eventually([&] { return ThreadCount(rsca->pid()) > 1; }));
  rsca->Signal(SIGINT);
  EXPECT_EQ(Finish(rsca.get()).exit, ExitStatus{.signal = SIGINT});
  EXPECT_EQ(Rsca(server, {"run", "echo", "still there"}).out, "still there\n");
}

TEST(CliRun, SaysWhichCommandAnActionWantsInstead) {
  RscadProcess server(Config().Pool("default", {"counter"}));
  const CliRun run = Rsca(server, {"run", "counter", "count=1"});
  EXPECT_EQ(run.exit, kCallFailed);
  EXPECT_THAT(run.err, HasSubstr("FAILED_PRECONDITION"));
}

TEST(CliErrors, OfTheArgumentsComeBeforeTheCall) {
  RscadProcess server(Config().Pool("default", {"counter"}));
  const CliRun wrong_type = Rsca(server, {"register", "counter", "count=many"});
  EXPECT_EQ(wrong_type.exit, kUsage);
  EXPECT_THAT(wrong_type.err, HasSubstr("argument `count` must be an integer"));
  const CliRun unknown = Rsca(server, {"register", "counter", "cuont=3"});
  EXPECT_EQ(unknown.exit, kUsage);
  EXPECT_THAT(unknown.err, HasSubstr("did you mean `count`?"));
  EXPECT_THAT(unknown.err, HasSubstr("interval_ms"));
  const CliRun broken = Rsca(server, {"register", "counter", "{\"count\": }"});
  EXPECT_EQ(broken.exit, kUsage);
  EXPECT_EQ(Rsca(server, {"registrations", "-o", "raw"}).out, "");
}

TEST(CliErrors, OfTheServerNameTheField) {
  RscadProcess server(Config().Pool("default", {"counter"}));
  const CliRun refused = Rsca(server, {"register", "counter", "{\"count\": -1}"});
  EXPECT_EQ(refused.exit, kCallFailed);
  EXPECT_THAT(refused.err, HasSubstr("INVALID_ARGUMENT"));
  EXPECT_THAT(refused.err, HasSubstr("count"));
}

TEST(CliErrors, ForAnUnknownFunctionGuess) {
  RscadProcess server(Config().Pool("default", {"counter"}));
  for (const char* command : {"run", "register"}) {
    const CliRun unknown = Rsca(server, {command, "countr", "count=1"});
    EXPECT_EQ(unknown.exit, kCallFailed);
    EXPECT_THAT(unknown.err, HasSubstr("did you mean `counter`?"));
  }
}

TEST(CliErrors, WithoutAServerSayWhereItWasLookedForAndHowToStartOne) {
  RscadProcess server(Config().Pool("default", {"counter"}));
  const std::string nowhere = "unix:" + server.dir().File("nobody.sock");
  const std::vector<std::vector<std::string>> commands = {{"actions"},
                                                          {"describe", "f"},
                                                          {"run", "f"},
                                                          {"register", "f"},
                                                          {"attach", "registrations/1"},
                                                          {"unregister", "f"},
                                                          {"registrations"},
                                                          {"health"},
                                                          {"pool", "list"},
                                                          {"pool", "show", "p"},
                                                          {"pool", "start", "p"},
                                                          {"pool", "stop", "p"},
                                                          {"pool", "recycle", "p"},
                                                          {"pool", "watch"},
                                                          {"worker", "list"},
                                                          {"worker", "show", "w"},
                                                          {"worker", "recycle", "w"},
                                                          {"channel", "list"},
                                                          {"channel", "start", "p"},
                                                          {"channel", "stop", "1"},
                                                          {"app", "list"},
                                                          {"app", "preload", "a"}};
  for (std::vector<std::string> words : commands) {
    words.insert(words.end(), {"--server", nowhere});
    const CliRun away = Rsca(server, words);
    EXPECT_EQ(away.exit, kCallFailed) << words[0];
    EXPECT_THAT(away.err, HasSubstr("no server answers at " + nowhere)) << words[0];
    EXPECT_THAT(away.err, HasSubstr("start one with `rscad`")) << words[0];
  }
}

TEST(CliErrors, NameTheCommandThatHelps) {
  RscadProcess server(Config().Pool("default", {"counter", "echo"}));
  const std::pair<std::vector<std::string>, std::string> wrong[] = {
      {{"run", "counter"}, "write `rsca register counter`"},
      {{"register", "echo"}, "write `rsca run echo`"},
      {{"describe", "xyz"}, "`rsca actions` lists them"},
      {{"attach", "registrations/1"}, "`rsca registrations` lists them"},
      {{"health", "default"}, "name a pool as pool/NAME"}};
  for (const auto& [words, advice] : wrong) {
    const CliRun run = Rsca(server, words);
    EXPECT_EQ(run.exit, kCallFailed);
    EXPECT_THAT(run.err, HasSubstr(advice));
  }
}

TEST(CliErrors, SayOnceWhatIsWrongWithAField) {
  RscadProcess server(Config().Pool("default", {"counter"}));
  EXPECT_EQ(Rsca(server, {"attach", "no/pe"}).err,
            "rsca: INVALID_ARGUMENT: name: is not of the form registrations/{id} "
            "[INVALID_REQUEST]\n");
}

TEST(CliErrors, SayWhereJsonIsBroken) {
  RscadProcess server(Config().Pool("default", {"counter"}));
  const CliRun run = Rsca(server, {"register", "counter", "{\"count\": "});
  EXPECT_EQ(run.exit, kUsage);
  EXPECT_THAT(run.err, HasSubstr("no valid JSON: parse error at line 1, column 11"));
}

}  // namespace
}  // namespace rsca::support
