// One misbehaving plug-in for each failure: the registration ends as it should, the server and the
// other pool never notice.
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/support/calls.h"
#include "tests/support/errors.h"
#include "tests/support/proc.h"
#include "tests/support/result_stream.h"
#include "tests/support/rscad_process.h"

namespace rsca::support {
namespace {

using absl::StatusCode;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::Not;
using testing::StartsWith;
using v1::Outcome;

constexpr char kOk[] = "0x00000000";
constexpr char kFailed[] = "0x8.......";

// A server whose pool `bad` has the misbehaving plug-in; in the pool `good` a counter runs all the
// while, of which no result may be missing in the end.
class PluginFailure : public testing::Test {
 protected:
  void StartServer(const std::string& plugin, Config config = {}) {
    config.Pool("bad", {plugin.c_str()}, {{"restart_backoff_min", "10ms"}})
        .Pool("good", {"counter"});
    server_.emplace(std::move(config));
    undisturbed_.emplace(
        ResultStream::Register(server_->stub(), "counter", R"({"interval_ms": 2})"));
    undisturbed_->ReadResults(1);
    workers_ = server_->WorkerPids();
  }

  void TearDown() override {
    if (!server_) return;
    const std::string name = undisturbed_->name();
    EXPECT_EQ(ResultStream::Unregister(server_->stub(), name).ReadFinal().outcome().kind(),
              Outcome::KIND_UNREGISTERED);
    EXPECT_TRUE(undisturbed_->ReadFinal().final());
  }

  ResultStream Register(const std::string& function, const std::string& arguments = "") {
    return ResultStream::Register(server_->stub(), function, arguments);
  }

  Answer<v1::RunCustomActionResponse> RunOnce(const std::string& function) {
    return RunAction(server_->stub(), function);
  }

  // A file for a plug-in to write to.
  std::string record() const { return server_->dir().File("record"); }
  // Its lines, once it has so many.
  std::vector<std::string> Record(size_t lines) const {
    std::vector<std::string> read;
    EXPECT_TRUE(Eventually([&] {
      read = absl::StrSplit(ReadFile(record()), '\n', absl::SkipEmpty());
      return read.size() >= lines;
    })) << "there are "
        << read.size() << " lines";
    return read;
  }

  void ExpectCrash(const v1::Result& result, int signal, int exit_status) {
    EXPECT_EQ(result.outcome().kind(), Outcome::KIND_WORKER_CRASHED);
    EXPECT_LT(result.hr_status(), 0);
    EXPECT_EQ(result.outcome().worker_exit().signal(), signal);
    EXPECT_EQ(result.outcome().worker_exit().exit_status(), exit_status);
    EXPECT_GT(result.outcome().worker_exit().pid(), 0);
    EXPECT_THAT(result.outcome().message(), Not(IsEmpty()));
  }

  // The pool works again, in another process.
  void ExpectRestarted(const std::string& function) {
    EXPECT_TRUE(Eventually([&] {
      const std::vector<pid_t> workers = server_->WorkerPids();
      return workers.size() == 2 && workers != workers_;
    }));
    workers_ = server_->WorkerPids();
    EXPECT_TRUE(server_->WaitForHealth("pool/bad"));
    EXPECT_THAT(GetCustomAction(server_->stub(), function).status, IsOk());
  }

  std::optional<RscadProcess> server_;
  std::optional<ResultStream> undisturbed_;
  std::vector<pid_t> workers_;
};

TEST_F(PluginFailure, AbortInRegisterRefusesTheRegistration) {
  StartServer("aborts_in_register");
  const grpc::Status refused = Register("aborts_in_register").Finish();
  EXPECT_THAT(refused, IsError(StatusCode::kInternal, "WORKER_CRASHED"));
  EXPECT_EQ(Metadata(refused, "signal"), absl::StrCat(SIGABRT));
  ExpectRestarted("aborts_in_register");
}

TEST_F(PluginFailure, AbortLaterEndsEveryRegistrationOfTheWorkerWithTheSignal) {
  StartServer("aborts_later");
  ResultStream first = Register("aborts_later");
  EXPECT_THAT(Responses(first.ReadResults(3)), ElementsAre("one", "two", "three"));
  // It shares what the plug-in has registered, and what was reported before is not its.
  ResultStream second = Register("aborts_later");
  ASSERT_FALSE(second.name().empty());
  const grpc::Status run = RunOnce("aborts_later.now").status;
  EXPECT_THAT(run, IsError(StatusCode::kInternal, "WORKER_CRASHED"));
  EXPECT_EQ(Metadata(run, "signal"), absl::StrCat(SIGABRT));
  ExpectCrash(first.ReadFinal(), SIGABRT, 0);
  ExpectCrash(second.ReadFinal(), SIGABRT, 0);
  ExpectRestarted("aborts_later");
  EXPECT_EQ(Register("aborts_later").ReadResults(3).size(), 3u);
}

TEST_F(PluginFailure, ExitEndsTheRegistrationWithTheExitStatus) {
  StartServer("exits");
  ResultStream stream = Register("exits");
  stream.ReadResults(1);
  const grpc::Status run = RunAction(server_->stub(), "exits.now", "quick").status;
  EXPECT_THAT(run, IsError(StatusCode::kInternal, "WORKER_CRASHED"));
  EXPECT_EQ(Metadata(run, "exit_status"), "4");
  ExpectCrash(stream.ReadFinal(), 0, 4);
  ExpectRestarted("exits");
}

TEST_F(PluginFailure, ExitThroughStaticDestructorsEndsTheRegistrationToo) {
  StartServer("exits");
  ResultStream stream = Register("exits");
  stream.ReadResults(1);
  // `exit` runs destructors under the feet of running threads, so that what comes of it is anyone's
  // guess; but the process is gone, and that is what is said.
  EXPECT_THAT(RunOnce("exits.now").status, IsError(StatusCode::kInternal, "WORKER_CRASHED"));
  EXPECT_EQ(stream.ReadFinal().outcome().kind(), Outcome::KIND_WORKER_CRASHED);
  ExpectRestarted("exits");
}

TEST_F(PluginFailure, HangInRegisterTimesOutAndALateAcceptanceIsUnregistered) {
  StartServer("hangs_in_register", Config().Set("timeouts.register", "300ms"));
  const std::string release = server_->dir().File("release");
  const grpc::Status refused = Register("hangs_in_register", release).Finish();
  EXPECT_THAT(refused, IsError(StatusCode::kDeadlineExceeded, "PLUGIN_TIMEOUT"));
  WriteFile(release, "go");
  const std::string log = release + ".log";
  EXPECT_TRUE(Eventually([&] { return ReadFile(log) == "late register\nlate unregister\n"; }))
      << ReadFile(log);
}

TEST_F(PluginFailure, HangsInRegisterLeaveTheRestOfTheWorkerAlone) {
  StartServer("hangs_in_register", Config().Set("timeouts.register", "300ms"));
  // For ever; the second is refused as well, by the time or because the name is taken.
  EXPECT_FALSE(Register("hangs_in_register").Finish().ok());
  EXPECT_FALSE(Register("hangs_in_register").Finish().ok());
  const std::string release = server_->dir().File("release");
  WriteFile(release, "go");
  const auto answer = RunAction(server_->stub(), "hangs_in_register.run", release);
  EXPECT_THAT(answer.status, IsOk());
  EXPECT_EQ(answer.response.response(), "late");
}

TEST_F(PluginFailure, HangInUnregisterEndsTimedOut) {
  StartServer("hangs_in_unregister", Config().Set("timeouts.unregister", "300ms"));
  ResultStream stream = Register("hangs_in_unregister");
  stream.ReadResults(1);
  ResultStream unregister = ResultStream::Unregister(server_->stub(), stream.name());
  const v1::Result last = unregister.ReadFinal();
  EXPECT_EQ(last.outcome().kind(), Outcome::KIND_TIMED_OUT);
  EXPECT_LT(last.hr_status(), 0);
  EXPECT_EQ(stream.ReadFinal().SerializeAsString(), last.SerializeAsString());
  EXPECT_THAT(unregister.Finish(), IsOk());
}

TEST_F(PluginFailure, HangInUnregisterAfterTheClientIsGoneEndsToo) {
  StartServer("hangs_in_unregister",
              Config().Set("timeouts.unregister", "300ms").Set("delivery.detach_grace", "50ms"));
  ResultStream stream = Register("hangs_in_unregister");
  const std::string name = stream.name();
  stream.Cancel();
  EXPECT_EQ(WaitForEnd(server_->stub(), name).outcome().kind(), Outcome::KIND_TIMED_OUT);
}

TEST_F(PluginFailure, FloodArrivesWithoutGapAndStopsWhenNobodyReads) {
  StartServer("floods");
  ResultStream stream = Register("floods", record());
  const std::vector<v1::Result> results = stream.ReadResults(3000);
  ASSERT_EQ(results.size(), 3000u);
  for (const v1::Result& result : results) {
    ASSERT_EQ(result.response().size(), 4096u);
    ASSERT_THAT(result.response(), StartsWith(absl::StrCat(result.sequence(), "."))) << "in order";
  }
  const std::string name = stream.name();
  const v1::Result last = ResultStream::Unregister(server_->stub(), name).ReadFinal();
  EXPECT_EQ(last.outcome().kind(), Outcome::KIND_UNREGISTERED);
  stream.ReadFinal();
  EXPECT_THAT(Record(1)[0], MatchesRegex(absl::StrCat("[0-9]+ ", kFailed)))
      << "ReportResult fails in the end";
}

TEST_F(PluginFailure, ReportsAfterTheFinalOneFailAndAreNotDelivered) {
  StartServer("reports_after_final");
  ResultStream stream = Register("reports_after_final", record());
  EXPECT_THAT(Responses(stream.ReadAll()), ElementsAre("one", "end"));
  EXPECT_THAT(stream.Finish(), IsOk());
  EXPECT_THAT(Record(6), ElementsAre("one 0x00000000", "end 0x00000000", StartsWith("after 0x8"),
                                     StartsWith("later 0x8"), StartsWith("later 0x8"), "done"));
}

TEST_F(PluginFailure, OfTwoFinalReportsOneIsTaken) {
  StartServer("reports_final_twice");
  ResultStream stream = Register("reports_final_twice", record());
  EXPECT_THAT(Responses(stream.ReadAll()), ElementsAre("one", "final"));
  std::vector<std::string> answers = Record(2);
  std::sort(answers.begin(), answers.end());
  EXPECT_THAT(answers, ElementsAre(kOk, MatchesRegex(kFailed)));
}

TEST_F(PluginFailure, ADroppedCallbackEndsAbandoned) {
  StartServer("drops_callback");
  const std::vector<v1::Result> results = Register("drops_callback").ReadAll();
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(results[0].response(), "one");
  EXPECT_EQ(results[1].outcome().kind(), Outcome::KIND_ABANDONED);
  EXPECT_LT(results[1].hr_status(), 0);

  const std::vector<v1::Result> at_once = Register("drops_callback.at_once").ReadAll();
  ASSERT_EQ(at_once.size(), 1u);
  EXPECT_EQ(at_once[0].outcome().kind(), Outcome::KIND_ABANDONED);
}

TEST_F(PluginFailure, ACallbackKeptForEverIsHarmless) {
  StartServer("keeps_callback");
  ResultStream unregistered = Register("keeps_callback");
  unregistered.ReadResults(1);
  ResultStream::Unregister(server_->stub(), unregistered.name()).ReadFinal();
  ResultStream ended = Register("keeps_callback", "final");
  EXPECT_THAT(Responses(ended.ReadAll()), ElementsAre("one", "end"));
  EXPECT_EQ(unregistered.ReadFinal().outcome().kind(), Outcome::KIND_UNREGISTERED);

  const auto late = RunOnce("keeps_callback.use");
  ASSERT_THAT(late.status, IsOk());
  const std::vector<std::string> answers =
      absl::StrSplit(late.response.response(), '\n', absl::SkipEmpty());
  EXPECT_EQ(answers.size(), 4u);
  EXPECT_THAT(answers, testing::Each(MatchesRegex(kFailed)));
}

TEST_F(PluginFailure, ARefusalAfterReportsDropsThem) {
  StartServer("fails_after_reporting");
  ResultStream refused = Register("fails_after_reporting", "80070005");
  EXPECT_THAT(refused.Finish(), IsError(StatusCode::kPermissionDenied, "PLUGIN_REFUSED"));
  EXPECT_EQ(refused.message_count(), 0u);
  EXPECT_THAT(RunAction(server_->stub(), "fails_after_reporting.run", "80070005").status,
              IsError(StatusCode::kPermissionDenied, "PLUGIN_REFUSED"));
}

TEST_F(PluginFailure, AnExceptionIsARefusalAndNeverACrash) {
  StartServer("throws");
  const std::vector<pid_t> workers = server_->WorkerPids();
  EXPECT_THAT(Register("throws").Finish(), IsError(StatusCode::kInternal, "PLUGIN_REFUSED"));
  EXPECT_THAT(RunOnce("throws.run").status, IsError(StatusCode::kInternal, "PLUGIN_REFUSED"));
  ResultStream stream = Register("throws.unregister");
  const v1::Result last = ResultStream::Unregister(server_->stub(), stream.name()).ReadFinal();
  EXPECT_EQ(last.outcome().kind(), Outcome::KIND_UNREGISTERED);
  EXPECT_EQ(server_->WorkerPids(), workers);
}

TEST_F(PluginFailure, AHangInShutdownDoesNotKeepTheServerFromEnding) {
  StartServer("hangs_in_shutdown", Config().Set("timeouts.drain", "1s"));
  // The server's end is checked by its destructor: exit status 0 and no worker left.
}

}  // namespace
}  // namespace rsca::support
