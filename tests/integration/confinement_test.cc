// Workers within the limits of their pools, and what they print in the server's log.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/landlock.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "tests/support/calls.h"
#include "tests/support/errors.h"
#include "tests/support/proc.h"
#include "tests/support/rscad_process.h"

namespace rsca::support {
namespace {

using testing::HasSubstr;
using testing::Not;

using Settings = std::map<std::string, std::string>;

Config Pool(const Settings& settings) { return Config().Pool("default", {"tries"}, settings); }

std::string Try(const RscadProcess& server, const std::string& function,
                const std::string& arguments = "") {
  const auto answer = RunAction(server.stub(), "tries." + function, arguments);
  EXPECT_THAT(answer.status, IsOk());
  return answer.response.response();
}

std::string Status(const RscadProcess& server, const std::string& name) {
  const std::string text = Try(server, "status");
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    if (absl::ConsumePrefix(&line, name + ":\t")) return std::string(line);
  }
  return "";
}

// Processes that have the worker's program, and so come from it.
std::vector<pid_t> ForksOf(const RscadProcess& server) {
  std::vector<pid_t> forks;
  for (const pid_t worker : server.WorkerPids()) {
    for (const pid_t child : ChildrenOf(worker)) forks.push_back(child);
  }
  return forks;
}

TEST(AWorkerOfAPoolThatSaysNothing, IsHeldBackFromWhatNoPluginNeeds) {
  RscadProcess server(Pool({}));
  EXPECT_EQ(Status(server, "NoNewPrivs"), "1");
  EXPECT_EQ(Try(server, "call", "mount"), "EPERM");
  EXPECT_EQ(Try(server, "call", "ptrace"), "EPERM");
  EXPECT_EQ(Try(server, "open", "r /etc/passwd"), "OK");
}

TEST(AWorkerWithoutSeccomp, IsNot) {
  RscadProcess server(Pool({{"sandbox", "{seccomp: false}"}}));
  EXPECT_EQ(Status(server, "Seccomp"), "0");
  EXPECT_EQ(Try(server, "call", "clone3"), "EINVAL");
}

TEST(AWorkerWithAUser, RunsAsThatUserWithoutCapabilities) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can become another user";
  RscadProcess server(Pool({{"user", "nobody"}}));
  EXPECT_EQ(Status(server, "Uid"), "65534\t65534\t65534\t65534");
  EXPECT_EQ(Status(server, "CapBnd"), "0000000000000000");
  EXPECT_EQ(Try(server, "call", "setuid-root"), "EPERM");
}

TEST(AWorkerWithPaths, IsKeptToThem) {
  if (syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION) < 1) {
    GTEST_SKIP() << "this kernel has no Landlock";
  }
  TempDir dir;
  WriteFile(dir.File("a"), "text");
  RscadProcess server(Pool({{"sandbox", absl::StrCat("{read_paths: [", dir.path(), "]}")}}));
  EXPECT_EQ(Try(server, "open", "r " + dir.File("a")), "OK");
  EXPECT_EQ(Try(server, "open", "w " + dir.File("a")), "EACCES");
  EXPECT_EQ(Try(server, "open", "r /etc/passwd"), "EACCES");
}

TEST(AWorkerThatCannotBeConfined, IsNotStartedAndTheLogSaysWhy) {
  TempDir dir;
  const std::string path = dir.File("gone");
  WriteFile(path, "");
  RscadProcess server(Pool({{"sandbox", absl::StrCat("{read_paths: [", path, "]}")},
                            {"restart_backoff_min", "10ms"},
                            {"restart_backoff_max", "10ms"}}));
  std::filesystem::remove(path);
  SendSignal(server.OnlyWorker(), SIGKILL);
  EXPECT_TRUE(
      server.WaitForLog(absl::StrCat("worker cannot confine itself worker=default-2 error=\"cannot "
                                     "allow the path `",
                                     path, "`")));
  EXPECT_TRUE(server.WaitForLog(
      absl::StrCat("exited with status 72 (it could not limit itself as its pool is configured: "
                   "cannot allow the path `",
                   path, "`")));
}

TEST(AWorkerThatMayOpenFewFiles, GetsAnErrorForMore) {
  RscadProcess server(Pool({{"resource_limits", "{open_files: 200}"}}));
  EXPECT_THAT(Try(server, "descriptors"), HasSubstr(" EMFILE"));
  EXPECT_EQ(Try(server, "open", "r /etc/passwd"), "OK") << "it works on";
}

TEST(AWorkerThatIsKilled, TakesAllThatItsPluginsHaveStartedWithIt) {
  RscadProcess server(Pool({{"restart_backoff_min", "10ms"}}));
  if (!server.WaitForLog("workers get cgroups")) GTEST_SKIP() << "there is no cgroup to divide";
  EXPECT_EQ(Try(server, "forks", "20"), "20 OK");
  const std::vector<pid_t> forks = ForksOf(server);
  ASSERT_EQ(forks.size(), 20u);
  SendSignal(server.OnlyWorker(), SIGKILL);
  EXPECT_TRUE(Eventually([&] { return std::none_of(forks.begin(), forks.end(), IsRunning); }));
}

TEST(WhatPluginsPrint, IsInTheLogLineByLineWithTheNameOfTheWorker) {
  RscadProcess server(Pool({}));
  EXPECT_EQ(Try(server, "prints", "lines"), "OK");
  EXPECT_TRUE(server.WaitForLog("worker output worker=default-1 line=\"to standard output\"\n"));
  EXPECT_TRUE(server.WaitForLog("worker output worker=default-1 line=\"to standard error\"\n"));
  EXPECT_EQ(Try(server, "prints", "bytes"), "OK");
  EXPECT_TRUE(server.WaitForLog("line=\"without a newlinecaf\xC3\xA9 \\xff\\x1b[31m\"\n"));
  EXPECT_EQ(Try(server, "prints", "long"), "OK");
  EXPECT_TRUE(server.WaitForLog("l continues=true\n"));
  EXPECT_THAT(server.Log(), Not(HasSubstr("line=\"20"))) << "the worker's own lines are no output";
}

TEST(WhatPluginsPrint, BeforeTheyCrashIsThereToo) {
  RscadProcess server(Pool({{"restart_backoff_min", "10ms"}}));
  EXPECT_EQ(Try(server, "prints", "lines"), "OK");
  RunAction(server.stub(), "tries.core");
  EXPECT_TRUE(server.WaitForLog("line=\"without a newline\"\n"));
}

TEST(WhatPluginsPrint, IsDroppedAndCountedWhenItIsAFlood) {
  RscadProcess server(Pool({}));
  EXPECT_EQ(Try(server, "prints", "flood"), "OK");
  EXPECT_TRUE(server.WaitForLog("worker prints too much; dropped worker=default-1 lines="));
  EXPECT_EQ(Try(server, "call", "getpid"), "OK") << "nobody was held up";
}

TEST(AWorkerThatMayHaveLittleMemory, IsKilledBeyondItAndTheLogSaysWhy) {
  RscadProcess server(
      Pool({{"resource_limits", "{memory_kib: 204800}"}, {"restart_backoff_min", "10ms"}}));
  if (absl::StrContains(server.Log(), "limit not enforced by a cgroup")) {
    EXPECT_THAT(server.Log(), HasSubstr("pool=default limit=memory_kib why="));
    GTEST_SKIP() << "this host has no cgroup for it, as the log says";
  }
  RunAction(server.stub(), "tries.memory", "400");
  EXPECT_TRUE(server.WaitForLog("memory of 204800 KiB"));
}

}  // namespace
}  // namespace rsca::support
