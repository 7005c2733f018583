// process.exec through the built library: what is run, and how its output and its end are reported.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <vector>

#include "common/utf.h"
#include "tests/unit/server/managers/process/process_test_support.h"

namespace rsca {
namespace {

using testing::HasSubstr;

class ProcessExec : public testing::Test {
 protected:
  // Runs a command to its end.
  Json Run(const Json& arguments) {
    recorder_ = MakeRecorder();
    started_ = plugin_.Register(1, L"process.exec", arguments.dump(), recorder_);
    if (started_ != S_OK) return Json::object();
    EXPECT_TRUE(recorder_->WaitForFinal());
    final_ = recorder_->results().back();
    EXPECT_TRUE(recorder_->WaitForRelease());
    return Json::parse(final_.response);
  }

  // The HRESULT and the message of a refusal.
  std::string Refusal(const Json& arguments, HRESULT expected) {
    Run(arguments);
    EXPECT_EQ(started_, expected) << arguments;
    const Results results = recorder_->results();
    return results.size() == 1 && results[0].status == expected ? results[0].response : "";
  }

  std::string Out() { return Output(recorder_->results()); }

  Plugin plugin_{RSCA_TEST_PLUGIN};
  RecorderPtr recorder_;
  HRESULT started_ = S_OK;
  RecordedResult final_{};
};

TEST_F(ProcessExec, ReportsBothStreamsAndTheExitStatus) {
  const Json final = Run({{"shell", "echo out; echo err >&2"}});
  EXPECT_EQ(final_.status, S_OK);
  EXPECT_EQ(Out(), "out\n");
  EXPECT_EQ(Output(recorder_->results(), "stderr"), "err\n");
  const Json first = Json::parse(recorder_->results().front().response);
  EXPECT_EQ(first["event"], "started");
  EXPECT_EQ(first["pid"], final["pid"]);
  EXPECT_EQ(final["event"], "exited");
  EXPECT_EQ(final["exit_status"], 0);
  EXPECT_FALSE(final.contains("signal"));
  EXPECT_EQ(final["timed_out"], false);
  EXPECT_EQ(final["terminated"], false);
  EXPECT_EQ(final["output_bytes"], 8);
  EXPECT_EQ(final["truncated_bytes"], 0);
  EXPECT_GE(final["duration_seconds"], 0.0);
}

TEST_F(ProcessExec, FailsWithAnExitStatusThatIsNotZero) {
  EXPECT_EQ(Run({{"shell", "exit 3"}})["exit_status"], 3);
  EXPECT_EQ(final_.status, E_FAIL);
}

TEST_F(ProcessExec, NamesTheSignalThatEndedTheCommand) {
  const Json final = Run({{"shell", "kill -USR1 $$"}});
  EXPECT_EQ(final_.status, E_FAIL);
  EXPECT_EQ(final["signal"], SIGUSR1);
  EXPECT_EQ(final["signal_name"], "SIGUSR1");
  EXPECT_FALSE(final.contains("exit_status"));
}

TEST_F(ProcessExec, PassesWordsOnWithoutAShell) {
  Run({{"argv", {"printf", "[%s]", "$HOME; echo x", "", "a b"}}});
  EXPECT_EQ(Out(), "[$HOME; echo x][][a b]");
}

TEST_F(ProcessExec, GivesTheTextAsStandardInput) {
  const std::string text(1'000'000, 'x');
  Run({{"argv", {"cat"}}, {"stdin", text}});
  EXPECT_EQ(Out(), text);
}

TEST_F(ProcessExec, GivesNothingAsStandardInputByDefault) {
  Run({{"argv", {"cat"}}});
  EXPECT_EQ(final_.status, S_OK);
  EXPECT_EQ(Out(), "");
}

TEST_F(ProcessExec, RunsInTheDirectoryWithTheEnvironment) {
  setenv("RSCA_TEST_KEPT", "kept", 1);
  setenv("RSCA_TEST_CHANGED", "before", 1);
  Run({{"shell", "pwd; echo $RSCA_TEST_KEPT $RSCA_TEST_CHANGED $RSCA_TEST_NEW"},
       {"cwd", "/usr"},
       {"env", {{"RSCA_TEST_CHANGED", "after"}, {"RSCA_TEST_NEW", "a=b"}}}});
  EXPECT_EQ(Out(), "/usr\nkept after a=b\n");
}

TEST_F(ProcessExec, LooksForTheProgramInThePathOfTheCommand) {
  EXPECT_THAT(Refusal({{"argv", {"printf", "x"}}, {"env", {{"PATH", "/nowhere"}}}},
                      HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND)),
              HasSubstr("printf"));
}

TEST_F(ProcessExec, ReportsBytesThatAreNoTextInBase64) {
  Run({{"shell", R"(printf 'a\377\000b')"}});
  EXPECT_EQ(Out(), std::string("a\377\0b", 4));
  const Json event = Json::parse(recorder_->results()[1].response);
  EXPECT_EQ(event["data_base64"], "Yf8AYg==");
  EXPECT_FALSE(event.contains("data"));
}

TEST_F(ProcessExec, TakesAZeroForNoText) {
  Run({{"shell", R"(printf 'a\000')"}});
  EXPECT_EQ(Json::parse(recorder_->results()[1].response)["data_base64"], "YQA=");
}

TEST_F(ProcessExec, CutsNoCharacterInTwo) {
  // 100 000 characters of three bytes do not fit evenly into any read.
  Run({{"argv", {"sh", "-c", "yes '\xE2\x82\xAC' | tr -d '\\n' | head -c 300000"}}});
  std::string whole;
  for (int i = 0; i < 100'000; ++i) whole += "\xE2\x82\xAC";
  EXPECT_EQ(Out(), whole);
  for (const RecordedResult& result : recorder_->results()) {
    EXPECT_FALSE(Json::parse(result.response).contains("data_base64"));
  }
}

TEST_F(ProcessExec, ReportsWhatIsBegunAtTheEndOfTheOutput) {
  Run({{"shell", R"(printf 'a\342\202')"}});
  EXPECT_EQ(Out(), "a\342\202");
}

TEST_F(ProcessExec, DropsAndCountsOutputBeyondTheLimit) {
  const Json final =
      Run({{"shell", "head -c 100000 /dev/zero; echo more >&2"}, {"output_limit", 1000}});
  EXPECT_EQ(Output(recorder_->results()).size() + Output(recorder_->results(), "stderr").size(),
            1000u);
  EXPECT_EQ(final["output_bytes"], 100005);
  EXPECT_EQ(final["truncated_bytes"], 99005);
  EXPECT_EQ(final["exit_status"], 0);
}

TEST_F(ProcessExec, RefusesWhatCannotBeRun) {
  EXPECT_THAT(Refusal({{"argv", {"/no/such/program"}}}, HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND)),
              HasSubstr("cannot run `/no/such/program`: No such file"));
  EXPECT_THAT(
      Refusal({{"argv", {"rsca-no-such-program"}}}, HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND)),
      HasSubstr("rsca-no-such-program"));
  EXPECT_THAT(Refusal({{"argv", {""}}}, HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND)),
              HasSubstr("cannot run"));
  EXPECT_THAT(Refusal({{"argv", {"/etc/passwd"}}}, E_ACCESSDENIED), HasSubstr("/etc/passwd"));
  EXPECT_THAT(Refusal({{"argv", {"true"}}, {"cwd", "/no/such/place"}},
                      HRESULT_FROM_WIN32(ERROR_PATH_NOT_FOUND)),
              HasSubstr("/no/such/place"));
  EXPECT_THAT(Refusal({{"argv", {"true"}}, {"cwd", "/etc/passwd"}},
                      HRESULT_FROM_WIN32(ERROR_PATH_NOT_FOUND)),
              HasSubstr("/etc/passwd"));
}

TEST_F(ProcessExec, RunsNoTextFileByAShellOnItsOwn) {
  char path[] = "/tmp/rsca_exec_XXXXXX";
  const int fd = mkstemp(path);
  ASSERT_GE(fd, 0);
  ASSERT_EQ(write(fd, "echo hello\n", 11), 11);
  fchmod(fd, 0700);
  close(fd);
  EXPECT_THAT(Refusal({{"argv", {path}}}, HRESULT_FROM_WIN32(ERROR_BAD_EXE_FORMAT)),
              HasSubstr(path));
  unlink(path);
}

TEST_F(ProcessExec, RefusesArgumentsThatMakeNoSense) {
  EXPECT_THAT(Refusal({{"argv", {"true"}}, {"shell", "true"}}, E_INVALIDARG), HasSubstr("shell"));
  EXPECT_THAT(Refusal(Json::object(), E_INVALIDARG), HasSubstr("argv"));
  EXPECT_THAT(Refusal({{"argv", Json::array()}}, E_INVALIDARG), HasSubstr("argv"));
  EXPECT_THAT(Refusal({{"argv", {std::string("a\0b", 3)}}}, E_INVALIDARG), HasSubstr("zero"));
  EXPECT_THAT(Refusal({{"shell", "true"}, {"env", {{"A=B", "c"}}}}, E_INVALIDARG),
              HasSubstr("A=B"));
}

TEST_F(ProcessExec, GivesTheCommandNothingOfTheWorkersSignalsAndFiles) {
  signal(SIGPIPE, SIG_IGN);
  const int inherited = open("/dev/null", O_RDONLY);  // not close-on-exec
  Run({{"shell", "grep -E 'SigBlk|SigIgn' /proc/self/status; ls /proc/self/fd"}});
  close(inherited);
  signal(SIGPIPE, SIG_DFL);
  // The fourth is the directory that ls reads.
  EXPECT_EQ(Out(), "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n0\n1\n2\n3\n");
}

TEST_F(ProcessExec, MeasuresTimeAndMemory) {
  // More than this process has, which stands for the worker: below that the measure is rougher.
  const std::string status = ReadAll("/proc/self/status");
  const uint64_t own_bytes = std::stoull(status.substr(status.find("VmHWM:") + 6)) * 1024;
  const uint64_t block = own_bytes + 100'000'000;
  const Json final = Run({{"argv",
                           {"dd", "if=/dev/zero", "of=/dev/null", "count=2", "status=none",
                            "bs=" + std::to_string(block)}}});
  EXPECT_EQ(final["exit_status"], 0);
  EXPECT_GE(final["peak_memory_bytes"], block);
  EXPECT_GT(final["cpu_user_seconds"].get<double>() + final["cpu_system_seconds"].get<double>(),
            0.0);
}

TEST_F(ProcessExec, DoesNotCountTheWorkersMemoryAsTheCommands) {
  const std::string ballast(300'000'000, 'x');
  const auto recorder = MakeRecorder();
  ASSERT_EQ(plugin_.Register(1, L"process.exec", R"({"argv":["sleep","1000"]})", recorder), S_OK);
  ASSERT_EQ(plugin_.Unregister(1), S_OK);
  const Json final = Json::parse(recorder->results().back().response);
  EXPECT_GT(final["peak_memory_bytes"], 0);
  EXPECT_LT(final["peak_memory_bytes"], ballast.size());
}

TEST_F(ProcessExec, RunsManyCommandsAtOnce) {
  std::vector<RecorderPtr> recorders(40);
  for (ULONGLONG i = 0; i < recorders.size(); ++i) {
    recorders[i] = MakeRecorder();
    const Json arguments = {{"shell", "echo " + std::to_string(i)}};
    ASSERT_EQ(plugin_.Register(i, L"process.exec", arguments.dump(), recorders[i]), S_OK);
  }
  for (ULONGLONG i = 0; i < recorders.size(); ++i) {
    ASSERT_TRUE(recorders[i]->WaitForFinal());
    EXPECT_EQ(recorders[i]->results().back().status, S_OK);
    EXPECT_EQ(Output(recorders[i]->results()), std::to_string(i) + "\n");
    EXPECT_TRUE(recorders[i]->WaitForRelease());
  }
}

}  // namespace
}  // namespace rsca
