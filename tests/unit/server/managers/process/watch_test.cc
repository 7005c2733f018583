#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "tests/support/proc.h"
#include "tests/unit/server/managers/process/process_test_support.h"

extern char** environ;

namespace rsca {
namespace {

// A process whose command line has `mark` in it.
pid_t StartMarked(const std::string& mark) {
  const pid_t pid = fork();
  if (pid == 0) {
    execl("/bin/sh", "sh", "-c", "while :; do sleep 1; done", mark.c_str(), nullptr);
    _exit(127);
  }
  return pid;
}

void End(pid_t pid) {
  support::SendSignal(pid, SIGKILL);
  waitpid(pid, nullptr, 0);
}

std::string Mark(const char* test) { return "rsca-" + std::to_string(getpid()) + "-" + test; }

bool WaitForEvent(const RecorderPtr& recorder, const std::string& event, pid_t pid) {
  return recorder->WaitFor([&](const Results& all) {
    for (const RecordedResult& result : all) {
      const Json json = Json::parse(result.response);
      if (json["event"] == event && (pid == 0 || json["pid"] == pid)) return true;
    }
    return false;
  });
}

TEST(ProcessWatch, ReportsStartsAndExits) {
  Plugin plugin(RSCA_TEST_PLUGIN);
  const std::string mark = Mark("starts");
  const auto recorder = MakeRecorder();
  const Json arguments = {{"name", mark}, {"interval_ms", 100}};
  ASSERT_EQ(plugin.Register(1, L"process.watch", arguments.dump(), recorder), S_OK);
  ASSERT_TRUE(WaitForEvent(recorder, "watching", 0));
  const pid_t pid = StartMarked(mark);
  EXPECT_TRUE(WaitForEvent(recorder, "started", pid));
  End(pid);
  EXPECT_TRUE(WaitForEvent(recorder, "exited", pid));
  EXPECT_EQ(plugin.Unregister(1), S_OK);
  const Results results = recorder->results();
  ASSERT_EQ(results.size(), 3u);
  const Json started = Json::parse(results[1].response);
  EXPECT_EQ(started["ppid"], getpid());
  EXPECT_EQ(started["name"], "sh");
  EXPECT_THAT(started["command"].get<std::string>(), testing::HasSubstr(mark));
  absl::Time time;
  EXPECT_TRUE(
      absl::ParseTime(absl::RFC3339_full, started["time"].get<std::string>(), &time, nullptr));
  EXPECT_EQ(recorder->references(), 0u);
}

TEST(ProcessWatch, ReportsOnlyTheExitOfWhatWasThereBefore) {
  Plugin plugin(RSCA_TEST_PLUGIN);
  const std::string mark = Mark("before");
  const pid_t pid = StartMarked(mark);
  ASSERT_TRUE(Eventually([&] {
    return ReadAll("/proc/" + std::to_string(pid) + "/cmdline").find(mark) != std::string::npos;
  }));
  const auto recorder = MakeRecorder();
  // The exit is seen long before the interval is over.
  const Json arguments = {{"name", mark}, {"interval_ms", 3600000}};
  ASSERT_EQ(plugin.Register(1, L"process.watch", arguments.dump(), recorder), S_OK);
  ASSERT_TRUE(WaitForEvent(recorder, "watching", 0));
  End(pid);
  EXPECT_TRUE(WaitForEvent(recorder, "exited", pid));
  EXPECT_EQ(plugin.Unregister(1), S_OK);
  EXPECT_EQ(recorder->results().size(), 2u);
}

TEST(ProcessWatch, WatchesEverythingWithoutAFilter) {
  Plugin plugin(RSCA_TEST_PLUGIN);
  const auto recorder = MakeRecorder();
  ASSERT_EQ(plugin.Register(1, L"process.watch", R"({"interval_ms":100})", recorder), S_OK);
  ASSERT_TRUE(WaitForEvent(recorder, "watching", 0));
  const pid_t pid = StartMarked("anything");
  EXPECT_TRUE(WaitForEvent(recorder, "started", pid));
  End(pid);
  EXPECT_TRUE(WaitForEvent(recorder, "exited", pid));
}

TEST(ProcessWatch, EndsWhenNobodyReads) {
  Plugin plugin(RSCA_TEST_PLUGIN);
  const auto recorder = MakeRecorder();
  recorder->Refuse();
  ASSERT_EQ(plugin.Register(1, L"process.watch", "", recorder), S_OK);
  EXPECT_TRUE(recorder->WaitForRelease());
}

}  // namespace
}  // namespace rsca
