// register, attach, unregister.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "absl/strings/str_cat.h"
#include "tests/integration/cli/cli.h"
#include "tests/support/proc.h"

namespace rsca::support {
namespace {

using testing::ContainsRegex;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

TEST(CliRegister, PrintsALineForEachResultAndWhatBecameOfIt) {
  RscadProcess server(Config().Pool("default", {"counter"}));
  const CliRun run = Rsca(server, {"register", "counter", "count=3"});
  EXPECT_EQ(run.exit, kOk);
  EXPECT_EQ(run.out, "1\n2\n3\ncount=3\n");
  EXPECT_THAT(run.err, ContainsRegex("^registered registrations/[^ ]+ \\(counter\\)\n"));
  EXPECT_THAT(run.err, HasSubstr(" completed with result 4"));
}

TEST(CliRegister, InRawPrintsBytesAndNothingElse) {
  RscadProcess server(Config().Pool("default", {"counter"}));
  const CliRun run = Rsca(server, {"register", "counter", "count=3", "-o", "raw"});
  EXPECT_EQ(run.out, "123count=3");
  EXPECT_EQ(run.err, "");
}

TEST(CliRegister, InJsonLinesPrintsAnObjectForEachEvent) {
  RscadProcess server(Config().Pool("default", {"counter"}));
  const CliRun run = Rsca(server, {"register", "counter", "count=2", "-o", "jsonl"});
  EXPECT_EQ(run.exit, kOk);
  EXPECT_EQ(run.err, "");
  const std::vector<Json> events = run.OutJsonLines();
  ASSERT_EQ(events.size(), 4U);
  EXPECT_EQ(events[0]["event"], "registered");
  EXPECT_EQ(events[0]["registration"]["function"], "counter");
  for (size_t i = 1; i <= 3; ++i) {
    EXPECT_EQ(events[i]["event"], "result");
    EXPECT_EQ(events[i]["sequence"], i);
    EXPECT_EQ(events[i]["final"], i == 3);
    EXPECT_TRUE(events[i]["report_time"].is_string());
  }
  EXPECT_EQ(events[1]["response"], "1");
  EXPECT_EQ(events[3]["outcome"]["kind"], "completed");
}

TEST(CliRegister, InJsonPrintsOneDocument) {
  RscadProcess server(Config().Pool("default", {"counter"}));
  const CliRun run = Rsca(server, {"register", "counter", "count=2", "-o", "json"});
  const Json document = run.OutJson();
  ASSERT_EQ(document.size(), 4U);
  EXPECT_EQ(document[2]["response"], "2");
  const CliRun refused = Rsca(server, {"register", "counter", "{\"x\":1}", "-o", "json"});
  EXPECT_EQ(refused.exit, kCallFailed);
}

TEST(CliRegister, LosesNothingOfManyResults) {
  RscadProcess server(Config().Pool("default", {"counter"}));
  for (const char* batch : {"1", "100"}) {
    const CliRun run =
        Rsca(server, {"register", "counter", "count=5000", "--batch", batch, "-o", "jsonl"});
    const std::vector<Json> events = run.OutJsonLines();
    ASSERT_EQ(events.size(), 5002U);
    for (size_t i = 1; i < events.size(); ++i) ASSERT_EQ(events[i]["sequence"], i);
  }
}

TEST(CliRegister, SaysThatItJoinsAgainWhenTheServerIsKilled) {
  RscadProcess server(Config().Pool("default", {"counter"}));
  const auto rsca = StartRsca(server, {"register", "counter", "interval_ms=1"});
  RegistrationOf(*rsca);
  server.Kill();
  ASSERT_TRUE(Eventually([&] {
    return rsca->Error().find("joining again for up to 2m") != std::string::npos;
  })) << rsca->Error();
  rsca->Signal(SIGINT);
  const CliRun run = Finish(rsca.get());
  EXPECT_EQ(run.exit, ExitStatus{.status = 130});
  EXPECT_THAT(run.err, HasSubstr("to join again: rsca attach registrations/"));
}

TEST(CliRegister, DoesNotSayHowToJoinWhatARestartedServerHasLost) {
  RscadProcess server(Config().Pool("default", {"counter"}));
  const auto rsca = StartRsca(server, {"register", "counter", "interval_ms=1"});
  RegistrationOf(*rsca);
  server.Kill();
  server.Wait();
  server.Restart();
  const CliRun run = Finish(rsca.get());
  EXPECT_EQ(run.exit, kResultsLost);
  EXPECT_THAT(run.err, HasSubstr("DATA_LOSS: results from "));
  EXPECT_THAT(run.err, Not(HasSubstr("to join again:")));
}

TEST(CliRegister, EndsWithAServerThatStops) {
  RscadProcess server(Config().Pool("default", {"never_final"}));
  const auto rsca = StartRsca(server, {"register", "never_final"});
  const std::string name = RegistrationOf(*rsca);
  server.Terminate();
  const CliRun run = Finish(rsca.get());
  EXPECT_EQ(run.exit, kCallFailed);
  EXPECT_THAT(run.err, HasSubstr(name + " ended with it"));
  EXPECT_THAT(run.err, Not(HasSubstr("join")));
  EXPECT_EQ(server.Wait(), kOk);
}

TEST(CliRegister, FailsWithTheAction) {
  RscadProcess server(Config().Pool("default", {"counter", "aborts_later"}));
  const CliRun failed = Rsca(server, {"register", "counter", "count=1", "status=-2147467259"});
  EXPECT_EQ(failed.exit, kActionFailed);
  EXPECT_EQ(failed.out, "1\ncount=1\n");
  EXPECT_THAT(failed.err, HasSubstr(" failed with result 2, 0x80004005 (E_FAIL)"));

  const auto crashing = StartRsca(server, {"register", "aborts_later", "-o", "jsonl"});
  ASSERT_TRUE(Eventually([&] { return crashing->Output().find("three") != std::string::npos; }));
  Rsca(server, {"run", "aborts_later.now"});
  const CliRun crashed = Finish(crashing.get());
  EXPECT_EQ(crashed.exit, kActionFailed);
  EXPECT_EQ(crashed.OutJsonLines().back()["outcome"]["kind"], "worker_crashed");
  EXPECT_THAT(crashed.err, HasSubstr(" worker crashed with result 4"));
}

TEST(CliRegister, PrintsTheOutputOfACommandWhereItWasWritten) {
  RscadProcess server(Config().Pool("default", {BuiltIn("process")}));
  const CliRun run = Rsca(server, {"register", "process.exec", "env.WORD=hello", "--", "sh", "-c",
                                   "printf \"$WORD\\nno end\"; echo oops >&2; exit 3"});
  EXPECT_EQ(run.exit, kActionFailed);
  EXPECT_EQ(run.out, "hello\nno end");
  EXPECT_THAT(run.err, HasSubstr("oops\n"));
  EXPECT_THAT(run.err, HasSubstr("\"exit_status\":3"));
  EXPECT_EQ(Rsca(server, {"register", "process.exec", "--", "true"}).exit, kOk);
}

TEST(CliRegister, FollowsAFile) {
  RscadProcess server(Config().Pool("default", {BuiltIn("file")}));
  const std::string path = server.dir().File("log");
  WriteFile(path, "a\n\nb\n");
  const CliRun run =
      Rsca(server, {"register", "file.tail", "path=" + path, "follow=false", "lines=2"});
  EXPECT_EQ(run.exit, kOk);
  EXPECT_EQ(run.out, "\nb\n");
}

TEST(CliRegister, JoinsByRequestId) {
  RscadProcess server(Config().Pool("default", {Plain()}));
  const std::vector<std::string> words = {"register", "plain.ticks", "--request-id",
                                          "123e4567-e89b-12d3-a456-426614174000"};
  const auto first = StartRsca(server, words);
  const std::string name = RegistrationOf(*first);
  const auto second = StartRsca(server, words);
  EXPECT_EQ(RegistrationOf(*second), name);
  Rsca(server, {"run", "plain.tick", "news"});
  Rsca(server, {"run", "plain.tick", "end"});
  EXPECT_EQ(Finish(first.get()).out, "news\nend\n");
  EXPECT_EQ(Finish(second.get()).out, "news\nend\n");
}

TEST(CliRegister, ADurableOneIsThereAfterTheServerWasKilled) {
  RscadProcess server(Config().Pool("default", {"counter"}));
  const CliRun durable =
      Rsca(server, {"register", "counter", "count=3", "--durable", "--ttl", "1h", "-o", "jsonl"});
  const std::string name = durable.OutJsonLines()[0]["registration"]["name"];
  server.Kill();
  server.Wait();
  server.Restart();
  const CliRun shown = Rsca(server, {"registrations", name});
  EXPECT_THAT(shown.out, HasSubstr("durable       yes"));
  EXPECT_THAT(shown.out, HasSubstr("ttl           1h"));
  EXPECT_THAT(shown.out, HasSubstr("completed"));
  EXPECT_EQ(Rsca(server, {"attach", name}).out, "1\n2\n3\ncount=3\n");
}

TEST(CliResults, PrintsWhatIsThereAndDoesNotWait) {
  RscadProcess server(Config().Pool("default", {"counter"}));
  const CliRun counted =
      Rsca(server, {"register", "counter", "count=5", "--durable", "-o", "jsonl"});
  const std::string name = counted.OutJsonLines()[0]["registration"]["name"];
  EXPECT_EQ(Rsca(server, {"results", name}).out, "1\n2\n3\n4\n5\ncount=5\n");
  const std::string id = name.substr(name.find('/') + 1);
  const CliRun some = Rsca(server, {"results", id, "--from", "2", "--to", "4", "-o", "jsonl"});
  ASSERT_EQ(some.OutJsonLines().size(), 4U) << some.out;
  EXPECT_EQ(some.OutJsonLines()[1]["sequence"], 2);
  EXPECT_EQ(some.OutJsonLines()[3]["sequence"], 4);
  EXPECT_EQ(some.exit, kOk);
  const CliRun beyond = Rsca(server, {"results", name, "--from", "9"});
  EXPECT_EQ(beyond.exit, kOk);
  EXPECT_EQ(beyond.out, "");
  EXPECT_THAT(beyond.err, HasSubstr("has results 1 to 6"));
  for (const char* wrong : {"0", "-1", "two", "99999999999999999999"}) {
    const CliRun refused = Rsca(server, {"results", name, "--to", wrong});
    EXPECT_EQ(refused.exit, kUsage);
    EXPECT_THAT(refused.err, HasSubstr(absl::StrCat("`", wrong, "` is no sequence")));
  }
  const CliRun backwards = Rsca(server, {"results", name, "--from", "4", "--to", "2"});
  EXPECT_EQ(backwards.exit, kUsage);
  EXPECT_THAT(backwards.err, HasSubstr("--from 4 is after --to 2"));
}

TEST(CliAttach, GoesOnAfterASequence) {
  RscadProcess server(Config().Pool("default", {"counter"}));
  const CliRun counted = Rsca(server, {"register", "counter", "count=5", "-o", "jsonl"});
  const std::string name = counted.OutJsonLines()[0]["registration"]["name"];
  EXPECT_EQ(Rsca(server, {"attach", name}).out, "1\n2\n3\n4\n5\ncount=5\n");
  EXPECT_EQ(Rsca(server, {"attach", name, "--after", "3"}).out, "4\n5\ncount=5\n");
  const CliRun beyond = Rsca(server, {"attach", name, "--after", "99"});
  EXPECT_EQ(beyond.exit, kCallFailed);
  EXPECT_THAT(beyond.err, HasSubstr("SEQUENCE_NOT_REACHED"));
}

TEST(CliAttach, SaysThatResultsAreLost) {
  RscadProcess server(Config()
                          .Pool("default", {"counter"})
                          .Set("limits.window_bytes_per_registration", "65536")
                          .Set("delivery.credit_bytes", "4096"));
  const CliRun counted =
      Rsca(server, {"register", "counter", "count=200", "size=1000", "-o", "jsonl"});
  const std::string name = counted.OutJsonLines()[0]["registration"]["name"];
  const CliRun lost = Rsca(server, {"attach", name, "--after", "1"});
  EXPECT_EQ(lost.exit, kResultsLost);
  EXPECT_THAT(lost.err, HasSubstr("RESULTS_TRUNCATED"));
  EXPECT_THAT(lost.err, HasSubstr("the oldest result that the server still has is"));
  EXPECT_EQ(Rsca(server, {"attach", name}).exit, kOk);
}

TEST(CliUnregister, PrintsWhatIsStillToComeAndTheFinalResult) {
  RscadProcess server(Config().Pool("default", {"counter"}));
  const auto counting = StartRsca(server, {"register", "counter", "interval_ms=1"});
  const std::string name = RegistrationOf(*counting);
  ASSERT_TRUE(Eventually([&] { return counting->Output().find("5\n") != std::string::npos; }));
  const CliRun ended = Rsca(server, {"unregister", name});
  EXPECT_EQ(ended.exit, kOk);
  EXPECT_THAT(ended.out, ContainsRegex("count=[0-9]+\n$"));
  EXPECT_THAT(ended.err, ContainsRegex("^unregistering [^ ]+ \\(counter\\)\n"));
  EXPECT_THAT(ended.err, HasSubstr(" unregistered with result "));
  const CliRun counted = Finish(counting.get());
  EXPECT_EQ(counted.exit, kOk);
  EXPECT_THAT(counted.out, EndsWith(ended.out.substr(ended.out.rfind("count="))));
  const CliRun again = Rsca(server, {"unregister", name, "--after", "0"});
  EXPECT_EQ(again.exit, kOk);
  EXPECT_EQ(again.out, counted.out);
}

TEST(CliUnregister, EndsAllOfAFunction) {
  RscadProcess server(Config().Pool("default", {"counter"}));
  const auto first = StartRsca(server, {"register", "counter", "interval_ms=1"});
  const auto second = StartRsca(server, {"register", "counter", "interval_ms=1"});
  const std::string names[] = {RegistrationOf(*first), RegistrationOf(*second)};
  const CliRun ended = Rsca(server, {"unregister", "counter", "-o", "jsonl"});
  EXPECT_EQ(ended.exit, kOk);
  std::vector<std::string> begun;
  size_t finals = 0;
  for (const Json& event : ended.OutJsonLines()) {
    if (event["event"] == "registered") begun.push_back(event["registration"]["name"]);
    if (event["event"] == "result" && event["final"] == true) ++finals;
  }
  EXPECT_THAT(begun, testing::UnorderedElementsAreArray(names));
  EXPECT_EQ(finals, 2U);
  EXPECT_EQ(Finish(first.get()).exit, kOk);
  EXPECT_EQ(Finish(second.get()).exit, kOk);
}

TEST(CliUnregister, OfNothingIsAFailedCall) {
  RscadProcess server(Config().Pool("default", {"counter"}));
  for (const char* name : {"registrations/none", "counter"}) {
    const CliRun none = Rsca(server, {"unregister", name});
    EXPECT_EQ(none.exit, kCallFailed) << name;
    EXPECT_THAT(none.err, HasSubstr("REGISTRATION_NOT_FOUND")) << name;
    EXPECT_THAT(none.err, Not(HasSubstr("to join again"))) << name;
  }
}

TEST(CliRegister, TellsAnInterruptionInItsPlace) {
  RscadProcess server(Config().Pool("default", {BuiltIn("file")}));
  ASSERT_TRUE(server.WaitForHealth("pool/default"));
  const auto rsca = StartRsca(server, {"register", "file.watch", "path=" + server.dir().path()});
  RegistrationOf(*rsca);
  const Json workers = Rsca(server, {"worker", "list", "-o", "json"}).OutJson();
  SendSignal(workers[0]["pid"].get<pid_t>(), SIGKILL);
  const std::string told = ", begins again: the worker process was killed by signal 9 (Killed)\n";
  EXPECT_TRUE(Eventually([&] { return rsca->Error().find(told) != std::string::npos; }))
      << rsca->Error();
  EXPECT_THAT(rsca->Error(), ContainsRegex("\ninterrupted at [0-9]+, begins again: "));
  rsca->Signal(SIGINT);
  Finish(rsca.get());
}

}  // namespace
}  // namespace rsca::support
