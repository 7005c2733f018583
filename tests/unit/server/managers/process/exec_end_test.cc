// process.exec through the built library: how commands are ended, and that nothing of them is left.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <iterator>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/proc.h"
#include "tests/unit/server/managers/process/process_test_support.h"

namespace rsca {
namespace {

size_t CountEntries(const char* directory) {
  return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(directory), {}));
}

class ProcessExecEnd : public testing::Test {
 protected:
  RecorderPtr Start(const Json& arguments) {
    const RecorderPtr recorder = MakeRecorder();
    EXPECT_EQ(plugin_.Register(++last_id_, L"process.exec", arguments.dump(), recorder), S_OK);
    return recorder;
  }

  // Of the command, once it has been reported.
  static pid_t Pid(const RecorderPtr& recorder) {
    EXPECT_TRUE(recorder->WaitFor([](const Results& all) { return !all.empty(); }));
    return Json::parse(recorder->results().front().response).at("pid").get<pid_t>();
  }

  static bool WaitForOutput(const RecorderPtr& recorder, const std::string& text) {
    return recorder->WaitFor(
        [&text](const Results& all) { return Output(all).find(text) != std::string::npos; });
  }

  static Json Final(const RecorderPtr& recorder) {
    EXPECT_TRUE(recorder->WaitForFinal());
    return Json::parse(recorder->results().back().response);
  }

  Plugin plugin_{RSCA_TEST_PLUGIN};
  ULONGLONG last_id_ = 0;
};

TEST_F(ProcessExecEnd, ATimeoutEndsTheWholeTree) {
  const auto recorder =
      Start({{"shell", "sleep 1000 & echo $!; sh -c 'sleep 1000 & echo $!; wait' & wait"},
             {"timeout", 1}});
  const Json final = Final(recorder);
  EXPECT_EQ(recorder->results().back().status, HRESULT_FROM_WIN32(ERROR_TIMEOUT));
  EXPECT_EQ(final["timed_out"], true);
  EXPECT_EQ(final["terminated"], false);
  EXPECT_EQ(final["signal_name"], "SIGTERM");
  std::istringstream pids(Output(recorder->results()));
  int count = 0;
  for (pid_t pid = 0; pids >> pid; ++count) {
    EXPECT_TRUE(Eventually([pid] { return Gone(pid); }));
  }
  EXPECT_EQ(count, 2);
}

TEST_F(ProcessExecEnd, ATimeoutDoesNotWaitForASlowReader) {
  const auto recorder = Start({{"shell", "sleep 1000"}, {"timeout", 0.5}});
  const pid_t pid = Pid(recorder);
  recorder->Hold();
  EXPECT_TRUE(Eventually([pid] { return Gone(pid); }));
  recorder->Resume();
  EXPECT_EQ(Final(recorder)["timed_out"], true);
}

TEST_F(ProcessExecEnd, UnregisteringLetsTheCommandSayItsLastWords) {
  const auto recorder =
      Start({{"shell", "trap 'echo bye; exit 0' TERM; echo ready; while :; do sleep 1; done"}});
  ASSERT_TRUE(WaitForOutput(recorder, "ready\n"));
  EXPECT_EQ(plugin_.Unregister(1), S_OK);
  const Json final = Final(recorder);
  EXPECT_EQ(Output(recorder->results()), "ready\nbye\n");
  EXPECT_EQ(recorder->results().back().status, HRESULT_FROM_WIN32(ERROR_CANCELLED));
  EXPECT_EQ(final["terminated"], true);
  EXPECT_EQ(final["exit_status"], 0);
  EXPECT_EQ(recorder->references(), 0u);
}

TEST_F(ProcessExecEnd, ACommandThatIgnoresTheFirstSignalIsKilled) {
  const auto recorder = Start({{"shell", "trap '' TERM; echo ready; while :; do sleep 1; done"}});
  ASSERT_TRUE(WaitForOutput(recorder, "ready\n"));
  EXPECT_EQ(plugin_.Unregister(1), S_OK);
  EXPECT_EQ(Final(recorder)["signal_name"], "SIGKILL");
  EXPECT_TRUE(Gone(Pid(recorder)));
}

TEST_F(ProcessExecEnd, AStoppedCommandEndsToo) {
  const auto recorder = Start({{"shell", "echo ready; kill -STOP $$"}});
  ASSERT_TRUE(WaitForOutput(recorder, "ready\n"));
  EXPECT_EQ(plugin_.Unregister(1), S_OK);
  EXPECT_TRUE(Final(recorder).contains("signal_name"));
}

TEST_F(ProcessExecEnd, WhatTheCommandLeavesInItsGroupIsEnded) {
  const auto recorder = Start({{"shell", "sleep 1000 & echo $!"}});
  EXPECT_EQ(Final(recorder)["exit_status"], 0);
  EXPECT_EQ(recorder->results().back().status, S_OK);
  const pid_t pid = std::stoi(Output(recorder->results()));
  EXPECT_TRUE(Eventually([pid] { return Gone(pid); }));
}

TEST_F(ProcessExecEnd, ADescendantThatEscapedHoldsNothingUp) {
  const auto recorder = Start({{"shell",
                                "f=$(mktemp); setsid sh -c \"echo \\$\\$ > $f; exec sleep 1000\" & "
                                "while [ ! -s $f ]; do sleep 0.01; done; cat $f; rm $f"}});
  EXPECT_EQ(Final(recorder)["exit_status"], 0);
  const pid_t escaped = std::stoi(Output(recorder->results()));
  EXPECT_FALSE(Gone(escaped));
  support::SendSignal(escaped, SIGKILL);
  EXPECT_TRUE(recorder->WaitForRelease());
}

TEST_F(ProcessExecEnd, ASlowReaderLosesNothingAndStopsTheCommand) {
  const auto recorder = Start({{"argv", {"seq", "500000"}}});
  const pid_t pid = Pid(recorder);
  recorder->Hold();
  ASSERT_TRUE(recorder->WaitForBlocked());
  // What it has written is in the pipe, in the one read that waits, or was taken before.
  const std::string io = ReadAll("/proc/" + std::to_string(pid) + "/io");
  const size_t written = io.find("wchar: ");
  ASSERT_NE(written, std::string::npos);
  EXPECT_LT(std::stoul(io.substr(written + 7)), Output(recorder->results()).size() + (256 << 10));
  recorder->Resume();
  std::string whole;
  for (int i = 1; i <= 500'000; ++i) whole += std::to_string(i) + "\n";
  EXPECT_EQ(Final(recorder)["output_bytes"], whole.size());
  EXPECT_TRUE(Output(recorder->results()) == whole);
}

TEST_F(ProcessExecEnd, WhatIsInThePipeAtTheEndIsReported) {
  const auto recorder = Start({{"shell", "head -c 50000 /dev/zero; head -c 50000 /dev/zero >&2"}});
  recorder->Hold();
  ASSERT_TRUE(recorder->WaitForBlocked());
  recorder->Resume();
  Final(recorder);
  EXPECT_EQ(Output(recorder->results()).size(), 50000u);
  EXPECT_EQ(Output(recorder->results(), "stderr").size(), 50000u);
}

TEST_F(ProcessExecEnd, UnregisteringInTheMiddleOfOutputEndsIt) {
  const auto recorder = Start({{"argv", {"yes"}}});
  ASSERT_TRUE(recorder->WaitFor([](const Results& all) { return all.size() >= 10; }));
  EXPECT_EQ(plugin_.Unregister(1), S_OK);
  const Results results = recorder->results();
  EXPECT_TRUE(results.back().final);
  EXPECT_EQ(recorder->references(), 0u);
  EXPECT_EQ(recorder->late(), 0);
  EXPECT_TRUE(Gone(Pid(recorder)));
}

TEST_F(ProcessExecEnd, ACommandThatNobodyReadsEnds) {
  const auto recorder = Start({{"argv", {"yes"}}});
  const pid_t pid = Pid(recorder);
  recorder->Refuse();
  EXPECT_TRUE(recorder->WaitForRelease());
  EXPECT_TRUE(Gone(pid));
}

TEST_F(ProcessExecEnd, ShutdownEndsEverything) {
  std::vector<RecorderPtr> recorders;
  for (int i = 0; i < 8; ++i) recorders.push_back(Start({{"argv", {"sleep", "1000"}}}));
  for (int i = 0; i < 8; ++i) {
    recorders.push_back(Start({{"shell", "trap '' TERM; echo ready; while :; do sleep 1; done"}}));
    ASSERT_TRUE(WaitForOutput(recorders.back(), "ready\n"));
  }
  EXPECT_EQ(plugin_.manager()->Shutdown(TRUE), S_OK);
  for (const RecorderPtr& recorder : recorders) {
    EXPECT_EQ(recorder->references(), 0u);
    EXPECT_EQ(Final(recorder)["terminated"], true);
    EXPECT_TRUE(Gone(Pid(recorder)));
  }
}

TEST(ProcessExecResources, NoDescriptorThreadOrChildIsLeft) {
  // ThreadSanitizer has a thread of its own from the first one on.
  std::thread([] {}).join();
  const size_t threads = CountEntries("/proc/self/task");
  const size_t descriptors = CountEntries("/proc/self/fd");
  {
    Plugin plugin(RSCA_TEST_PLUGIN);
    for (ULONGLONG i = 0; i < 60; ++i) {
      const auto recorder = MakeRecorder();
      const char* arguments[] = {R"({"shell":"echo x"})", R"({"argv":["sleep","1000"]})",
                                 R"({"argv":["/no/such/program"]})"};
      const HRESULT hresult = plugin.Register(i, L"process.exec", arguments[i % 3], recorder);
      EXPECT_EQ(SUCCEEDED(hresult), i % 3 != 2);
      if (i % 3 == 1) {
        EXPECT_EQ(plugin.Unregister(i), S_OK);
      }
      EXPECT_TRUE(recorder->WaitForRelease());
    }
  }
  EXPECT_EQ(CountEntries("/proc/self/fd"), descriptors);
  // A thread that was joined may be listed a moment longer.
  EXPECT_TRUE(Eventually([&] { return CountEntries("/proc/self/task") <= threads; }));
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

TEST(ProcessExecResources, IsRefusedWhereverDescriptorsRunOut) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "UndefinedBehaviorSanitizer looks at memory through descriptors of its own";
#endif
  Plugin plugin(RSCA_TEST_PLUGIN);
  const size_t descriptors = CountEntries("/proc/self/fd");
  rlimit before;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  bool refused = false;
  bool accepted = false;
  for (rlim_t limit = descriptors - 1; !accepted && limit < descriptors + 30; ++limit) {
    const rlimit low = {limit, before.rlim_max};
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
    const auto recorder = MakeRecorder();
    const HRESULT hresult =
        plugin.Register(limit, L"process.exec", R"({"argv":["true"]})", recorder);
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
    refused |= FAILED(hresult);
    accepted = SUCCEEDED(hresult);
    EXPECT_TRUE(accepted || hresult == HRESULT_FROM_WIN32(ERROR_TOO_MANY_OPEN_FILES));
    EXPECT_TRUE(recorder->WaitForFinal());
    EXPECT_TRUE(recorder->WaitForRelease());
  }
  EXPECT_TRUE(refused);
  EXPECT_TRUE(accepted);
  EXPECT_EQ(CountEntries("/proc/self/fd"), descriptors);
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
}

// Stands for a worker that is killed: forked before there are threads.
[[noreturn]] void RunSleepAndWait(int pid_pipe) {
  Plugin plugin(RSCA_TEST_PLUGIN);
  const auto recorder = MakeRecorder();
  plugin.Register(1, L"process.exec", R"({"argv":["sleep","1000"]})", recorder);
  recorder->WaitFor([](const Results& all) { return !all.empty(); });
  const pid_t pid = Json::parse(recorder->results().front().response).at("pid").get<pid_t>();
  (void)!write(pid_pipe, &pid, sizeof pid);
  for (;;) pause();
}

TEST(ProcessExecResources, ACommandDoesNotOutliveAKilledWorker) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t worker = fork();
  if (worker == 0) RunSleepAndWait(ends[1]);
  pid_t pid = 0;
  ASSERT_EQ(read(ends[0], &pid, sizeof pid), static_cast<ssize_t>(sizeof pid));
  EXPECT_FALSE(Gone(pid));
  support::SendSignal(worker, SIGKILL);
  waitpid(worker, nullptr, 0);
  EXPECT_TRUE(Eventually([pid] { return Gone(pid); }));
  close(ends[0]);
  close(ends[1]);
}

}  // namespace
}  // namespace rsca
