// pool list, show, start, stop, recycle; worker list, show, recycle.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "tests/integration/cli/cli.h"
#include "tests/integration/cli/pseudo_terminal.h"
#include "tests/support/proc.h"

namespace rsca::support {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;

constexpr ExitStatus kOk{};
constexpr ExitStatus kCallFailed{.status = 3};
constexpr ExitStatus kSignal{.status = 128 + SIGINT};

Config TwoPools() { return Config().Pool("default", {"echo"}).Pool("jobs", {"counter"}); }

Json ShowPool(const RscadProcess& server, const std::string& pool) {
  return Rsca(server, {"pool", "show", pool, "-o", "json"}).OutJson();
}

bool WaitForState(const RscadProcess& server, const std::string& pool, const std::string& state) {
  return Eventually([&] { return ShowPool(server, pool)["state"] == state; });
}

TEST(CliPool, ListsThePoolsInEveryFormat) {
  RscadProcess server(TwoPools());
  ASSERT_TRUE(server.WaitForHealth("pool/default"));
  ASSERT_TRUE(server.WaitForHealth("pool/jobs"));
  const CliRun table = Rsca(server, {"pool", "list"});
  EXPECT_EQ(table.exit, kOk);
  EXPECT_THAT(table.out, ContainsRegex("^POOL +STATE +WORKERS +UPTIME +MEMORY +ACTIVE +FAILURES"
                                       " +LAST EXIT\n"));
  EXPECT_THAT(table.out, ContainsRegex("\ndefault +running +1/1 +"));
  EXPECT_THAT(table.out, ContainsRegex("\njobs +running +1/1 +"));
  EXPECT_EQ(Rsca(server, {"pool", "list", "-o", "raw"}).out, "default\njobs\n");
  const Json pools = Rsca(server, {"pool", "list", "-o", "json"}).OutJson();
  ASSERT_EQ(pools.size(), 2U);
  EXPECT_EQ(pools[0]["name"], "pools/default");
  EXPECT_EQ(pools[1]["protocol_managers"], Json({"counter"}));
  const auto lines = Rsca(server, {"pool", "list", "-o", "jsonl"}).OutJsonLines();
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[1]["pool"], "jobs");
}

TEST(CliPool, StopsOneAndSaysToWhoeverCallsItHowItIsStarted) {
  RscadProcess server(TwoPools());
  ASSERT_TRUE(server.WaitForHealth("pool/default"));
  const CliRun stop = Rsca(server, {"pool", "stop", "default", "--reason", "new plug-in"});
  EXPECT_EQ(stop.exit, kOk);
  EXPECT_THAT(stop.out,
              MatchesRegex("default: (stopping|stopped) \\(new plug-in, asked by local\\)\n"));
  ASSERT_TRUE(WaitForState(server, "default", "stopped"));
  EXPECT_THAT(Rsca(server, {"pool", "list"}).out,
              ContainsRegex("\ndefault +stopped +0/1 .*default: stopped: new plug-in, asked by "
                            "local; `rsca pool start"));
  EXPECT_THAT(Rsca(server, {"pool", "show", "default"}).out,
              HasSubstr("to start it     rsca pool start default\n"));
  const CliRun call = Rsca(server, {"run", "echo", "x"});
  EXPECT_EQ(call.exit, kCallFailed);
  EXPECT_THAT(call.err, HasSubstr("POOL_STOPPED"));
  EXPECT_THAT(call.err, HasSubstr("rsca pool start default"));
  const CliRun health = Rsca(server, {"health", "pool/default"});
  EXPECT_EQ(health.out, "NOT_SERVING\n");
  EXPECT_EQ(health.err, "`rsca pool show default` says why\n");

  EXPECT_EQ(Rsca(server, {"pool", "start", "default"}).exit, kOk);
  ASSERT_TRUE(server.WaitForHealth("pool/default"));
  EXPECT_EQ(Rsca(server, {"run", "echo", "x"}).out, "x\n");
}

TEST(CliPool, GuessesTheNameThatWasMeant) {
  RscadProcess server(TwoPools());
  for (const char* command : {"show", "start", "stop", "recycle"}) {
    const CliRun unknown = Rsca(server, {"pool", command, "defualt"});
    EXPECT_EQ(unknown.exit, kCallFailed) << command;
    EXPECT_EQ(unknown.out, "") << command;
    EXPECT_THAT(unknown.err, HasSubstr("POOL_NOT_FOUND")) << command;
    EXPECT_THAT(unknown.err, HasSubstr("did you mean `default`?")) << command;
    EXPECT_THAT(unknown.err, HasSubstr("rsca pool list")) << command;
  }
}

TEST(CliWorker, ListsAndShowsWorkers) {
  RscadProcess server(TwoPools());
  ASSERT_TRUE(server.WaitForHealth("pool/default"));
  ASSERT_TRUE(server.WaitForHealth("pool/jobs"));
  const CliRun table = Rsca(server, {"worker", "list"});
  EXPECT_EQ(table.exit, kOk);
  EXPECT_THAT(table.out, ContainsRegex("^WORKER +PID +STATE +UPTIME"));
  EXPECT_THAT(table.out, ContainsRegex("\ndefault-1 +[0-9]+ +ready"));
  EXPECT_EQ(Rsca(server, {"worker", "list", "--pool", "jobs", "-o", "raw"}).out, "jobs-1\n");
  const Json worker = Rsca(server, {"worker", "show", "jobs-1", "-o", "json"}).OutJson();
  EXPECT_EQ(worker["name"], "pools/jobs/workers/jobs-1");
  EXPECT_THAT(Rsca(server, {"worker", "show", "jobs-1"}).out,
              HasSubstr("pid             " + worker["pid"].dump() + "\n"));
  const CliRun unknown = Rsca(server, {"worker", "show", "jbos-1"});
  EXPECT_EQ(unknown.exit, kCallFailed);
  EXPECT_THAT(unknown.err, HasSubstr("WORKER_NOT_FOUND"));
  EXPECT_THAT(unknown.err, HasSubstr("did you mean `jobs-1`?"));
  EXPECT_THAT(Rsca(server, {"worker", "list", "--pool", "nobody"}).err,
              HasSubstr("POOL_NOT_FOUND"));
}

TEST(CliPoolCompletion, KnowsThePoolsAndWorkersOfTheServer) {
  RscadProcess server(TwoPools());
  ASSERT_TRUE(server.WaitForHealth("pool/default"));
  ASSERT_TRUE(server.WaitForHealth("pool/jobs"));
  EXPECT_EQ(Rsca(server, {"__complete", "pool", "stop", ""}).out,
            "default\trunning\njobs\trunning\n");
  EXPECT_EQ(Rsca(server, {"__complete", "worker", "recycle", "j"}).out, "jobs-1\tready\n");
  EXPECT_EQ(Rsca(server, {"__complete", "worker", "list", "--pool", "d"}).out,
            "default\trunning\n");
}

TEST(CliPoolListWatch, ShowsEachChangeUntilCtrlC) {
  RscadProcess server(TwoPools());
  ASSERT_TRUE(server.WaitForHealth("pool/default"));
  const auto rsca = StartRsca(server, {"pool", "list", "--watch", "-o", "jsonl"});
  ASSERT_TRUE(Eventually([&] { return rsca->Output().find("\"running\"") != std::string::npos; }));
  EXPECT_EQ(Rsca(server, {"pool", "stop", "default"}).exit, kOk);
  ASSERT_TRUE(Eventually([&] { return rsca->Output().find("\"stopped\"") != std::string::npos; }));
  rsca->Signal(SIGINT);
  const CliRun run = Finish(rsca.get());
  EXPECT_EQ(run.exit, kSignal);
  EXPECT_EQ(run.err, "");
  // Whole pictures: one line for each pool.
  EXPECT_EQ(run.OutJsonLines().size() % 2, 0U);
}

TEST(CliPoolListWatch, WaitsForAServerThatIsStartedAgain) {
  RscadProcess server(TwoPools());
  const auto rsca = StartRsca(server, {"pool", "list", "--watch", "-o", "raw"});
  ASSERT_TRUE(Eventually([&] { return !rsca->Output().empty(); }));
  server.Kill();
  server.Wait();
  ASSERT_TRUE(
      Eventually([&] { return rsca->Error().find("does not answer") != std::string::npos; }));
  const size_t before = rsca->Output().size();
  server.Restart();
  ASSERT_TRUE(Eventually([&] { return rsca->Output().size() > before; }));
  rsca->Signal(SIGTERM);
  EXPECT_EQ(Finish(rsca.get()).exit, ExitStatus{.status = 128 + SIGTERM});
}

TEST(CliPoolListWatch, WithoutAServerFailsAtOnce) {
  RscadProcess server(TwoPools());
  const CliRun run = Rsca(server, {"pool", "list", "--watch", "--server", "unix:/nowhere/s.sock"});
  EXPECT_EQ(run.exit, kCallFailed);
  EXPECT_THAT(run.err, HasSubstr("no server answers"));
}

TEST(CliPoolListWatch, DrawsInPlaceOnATerminal) {
  RscadProcess server(TwoPools());
  ASSERT_TRUE(server.WaitForHealth("pool/jobs"));
  PseudoTerminal terminal;
  ChildOptions options;
  options.output_file = terminal.path();
  options.environment = {{"TERM", "xterm"}, {"NO_COLOR", "1"}};
  const auto rsca = StartRsca(server, {"worker", "list", "--watch", "-o", "raw"}, options);
  ASSERT_TRUE(Eventually([&] {
    return terminal.Shown().find("\x1b[2J\x1b[H") == 0 &&
           terminal.Shown().find("jobs-1") != std::string::npos;
  }));
  const size_t first = terminal.Shown().size();
  EXPECT_EQ(Rsca(server, {"pool", "stop", "jobs"}).exit, kOk);
  ASSERT_TRUE(WaitForState(server, "jobs", "stopped"));
  // A picture that no longer has the worker.
  ASSERT_TRUE(Eventually([&] {
    const std::string& shown = terminal.Shown();
    const size_t last = shown.rfind("\x1b[H");
    return last >= first && shown.find("default-1", last) != std::string::npos &&
           shown.find("\x1b[J", last) != std::string::npos &&
           shown.find("jobs-1", last) == std::string::npos;
  })) << terminal.Shown();
  EXPECT_THAT(terminal.Shown(), Not(HasSubstr("\x1b[2J\x1b[H\x1b[2J")));
  rsca->Signal(SIGINT);
  EXPECT_EQ(Finish(rsca.get()).exit, kSignal);
}

TEST(CliPoolListWatch, EndsAfterTheTimeout) {
  RscadProcess server(TwoPools());
  const CliRun run = Rsca(server, {"pool", "list", "--watch", "--timeout", "300ms"});
  EXPECT_EQ(run.exit, kCallFailed);
  EXPECT_THAT(run.out, HasSubstr("default"));
  EXPECT_THAT(run.err, HasSubstr("the time of --timeout is over"));
}

bool WaitForOutput(const ChildProcess& rsca, const std::string& text) {
  return Eventually([&] { return rsca.Output().find(text) != std::string::npos; });
}

TEST(CliPoolWatch, TellsWhatHappensAndWhy) {
  RscadProcess server(TwoPools());
  ASSERT_TRUE(server.WaitForHealth("pool/default"));
  const auto rsca = StartRsca(server, {"pool", "watch", "--after", "0"});
  ASSERT_TRUE(WaitForOutput(*rsca, "  default  default-1 is ready"));
  SendSignal(ShowPool(server, "default")["workers"][0]["pid"].get<pid_t>(), SIGKILL);
  ASSERT_TRUE(
      WaitForOutput(*rsca, "  default  default-1 ended (signalled): was killed by signal 9"));
  ASSERT_TRUE(WaitForOutput(*rsca, "  default  default-2 is ready"));
  EXPECT_EQ(Rsca(server, {"pool", "stop", "default", "--reason", "enough"}).exit, kOk);
  ASSERT_TRUE(WaitForOutput(*rsca, "  default  pool stopped: enough, asked by local"));
  ASSERT_TRUE(WaitForOutput(*rsca, "  default  default-2 ended (stopped)"));
  rsca->Signal(SIGINT);
  const CliRun run = Finish(rsca.get());
  EXPECT_EQ(run.exit, kSignal);
  EXPECT_EQ(run.err, "watching what comes after event 0\n");
  EXPECT_THAT(Rsca(server, {"pool", "list"}).out, ContainsRegex("\ndefault +stopped .*stopped"));
}

TEST(CliPoolWatch, InJsonLinesHasEverySequenceAndCanGoOnAfterOne) {
  RscadProcess server(TwoPools());
  ASSERT_TRUE(server.WaitForHealth("pool/default"));
  ASSERT_TRUE(server.WaitForHealth("pool/jobs"));
  const auto rsca = StartRsca(server, {"pool", "watch", "--after", "0", "-o", "jsonl"});
  for (const char* pool : {"default", "jobs"}) {
    EXPECT_EQ(Rsca(server, {"pool", "stop", pool}).exit, kOk);
    ASSERT_TRUE(WaitForState(server, pool, "stopped"));
  }
  ASSERT_TRUE(Eventually([&] {
    const std::string shown = rsca->Output();
    const size_t first = shown.find("\"stopped\"");
    return first != std::string::npos && shown.find("\"stopped\"", first + 1) != std::string::npos;
  }));
  rsca->Signal(SIGINT);
  const CliRun all = Finish(rsca.get());
  EXPECT_EQ(all.exit, kSignal);
  EXPECT_EQ(all.err, "");
  const std::vector<Json> events = all.OutJsonLines();
  for (size_t i = 0; i < events.size(); ++i) ASSERT_EQ(events[i]["sequence"], i + 1);

  // Those of one pool after the first two.
  std::vector<Json> expected;
  for (size_t i = 2; i < events.size(); ++i) {
    if (events[i]["pool"] == "jobs") expected.push_back(events[i]);
  }
  const auto later = StartRsca(server, {"pool", "watch", "jobs", "--after", "2", "-o", "jsonl"});
  ASSERT_TRUE(WaitForOutput(*later, expected.back().at("event_time").get<std::string>()));
  later->Signal(SIGINT);
  EXPECT_EQ(Finish(later.get()).OutJsonLines(), expected);
}

TEST(CliPoolWatch, SaysWhatIsLostWhenTheServerIsStartedAgainAndGoesOn) {
  RscadProcess server(TwoPools());
  const auto rsca = StartRsca(server, {"pool", "watch", "--after", "0"});
  ASSERT_TRUE(WaitForOutput(*rsca, "default-1 is ready"));
  server.Kill();
  server.Wait();
  ASSERT_TRUE(Eventually(
      [&] { return rsca->Error().find("the connection was lost") != std::string::npos; }));
  const size_t before = rsca->Output().size();
  server.Restart();
  ASSERT_TRUE(Eventually(
      [&] { return rsca->Output().find("default-1 is ready", before) != std::string::npos; }));
  EXPECT_THAT(rsca->Error(), HasSubstr("SERVER_RESTARTED"));
  rsca->Signal(SIGINT);
  EXPECT_EQ(Finish(rsca.get()).exit, ExitStatus{.status = 4});
}

TEST(CliPoolWatch, RefusesWhatDoesNotExist) {
  RscadProcess server(TwoPools());
  const CliRun sequence = Rsca(server, {"pool", "watch", "--after", "1000000"});
  EXPECT_EQ(sequence.exit, kCallFailed);
  EXPECT_THAT(sequence.err, HasSubstr("SEQUENCE_NOT_REACHED"));
  const CliRun pool = Rsca(server, {"pool", "watch", "nobody"});
  EXPECT_EQ(pool.exit, kCallFailed);
  EXPECT_THAT(pool.err, HasSubstr("POOL_NOT_FOUND"));
}

TEST(CliPoolRecycle, ReplacesWorkersAndRecordsWhy) {
  RscadProcess server(TwoPools());
  ASSERT_TRUE(server.WaitForHealth("pool/default"));
  const CliRun recycle = Rsca(server, {"pool", "recycle", "default", "--reason", "new plug-in"});
  EXPECT_EQ(recycle.exit, kOk);
  EXPECT_EQ(recycle.out, "default: recycling; `rsca pool watch default` follows it\n");
  ASSERT_TRUE(Eventually([&] { return !ShowPool(server, "default")["last_ends"].empty(); }));
  Json pool = ShowPool(server, "default");
  EXPECT_EQ(pool["last_ends"][0]["worker"], "default-1");
  EXPECT_EQ(pool["last_ends"][0]["exit"]["reason"], "recycled");
  EXPECT_THAT(pool["last_ends"][0]["description"].get<std::string>(),
              HasSubstr("new plug-in, asked by local"));
  EXPECT_EQ(pool["recycle_count"], 1);
  EXPECT_EQ(Rsca(server, {"worker", "list", "--pool", "default", "-o", "raw"}).out, "default-2\n");

  const CliRun one = Rsca(server, {"worker", "recycle", "pools/default/workers/default-2"});
  EXPECT_EQ(one.exit, kOk);
  EXPECT_EQ(one.out, "default-2: recycling; `rsca pool watch default` follows it\n");
  ASSERT_TRUE(Eventually([&] { return ShowPool(server, "default")["last_ends"].size() == 2; }));
  const CliRun gone = Rsca(server, {"worker", "show", "default-2"});
  EXPECT_EQ(gone.exit, kCallFailed);
  EXPECT_THAT(gone.err, ContainsRegex("[^ ]+ ago: default-2 was recycled"));

  EXPECT_EQ(Rsca(server, {"pool", "stop", "default"}).exit, kOk);
  const CliRun stopped = Rsca(server, {"pool", "recycle", "default"});
  EXPECT_EQ(stopped.exit, kCallFailed);
  EXPECT_THAT(stopped.err, HasSubstr("POOL_STOPPED"));
  EXPECT_THAT(stopped.err, HasSubstr("`rsca pool start default` starts it"));
}

}  // namespace
}  // namespace rsca::support
