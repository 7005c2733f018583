// With real processes, in the session of the worker and in a cgroup of its own.
#include "server/workers/process_tree.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/workers/worker_process.h"
#include "tests/support/eventually.h"
#include "tests/support/proc.h"
#include "tests/support/temp_dir.h"

namespace rsca::workers {
namespace {

using support::Eventually;
using support::IsRunning;

class ProcessTreeTest : public ::testing::Test {
 protected:
  // Starts a script in place of rsca-worker, which joins the cgroup and writes the numbers of its
  // children into the file `pids`, and waits until it has ended. It stays unreaped.
  void Run(const std::string& script, const UniqueFd& processes = UniqueFd()) {
    const std::string path = dir_.File("program");
    support::WriteFile(path, absl::StrCat("#!/bin/bash\ncd ", dir_.path(), "\n",
                                          processes ? "echo 0 >&6\n" : "", script, "\n"));
    chmod(path.c_str(), 0700);
    const absl::StatusOr<SpawnedProcess> process = SpawnWorkerProcess(
        path, "", {STDERR_FILENO, STDERR_FILENO, STDERR_FILENO, STDERR_FILENO, processes.Get()});
    ASSERT_TRUE(process.ok()) << process.status();
    pid_ = process->pid;
    close(process->pidfd);
    siginfo_t info = {};
    EXPECT_EQ(waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT), 0);
  }

  std::vector<int> Children() {
    std::istringstream text(support::ReadFile(dir_.File("pids")));
    std::vector<int> pids;
    for (int pid = 0; text >> pid;) pids.push_back(pid);
    return pids;
  }

  bool AllGone(const std::vector<int>& pids) {
    return Eventually([&] {
      for (const int pid : pids) {
        if (IsRunning(pid)) return false;
      }
      return true;
    });
  }

  void TearDown() override {
    if (pid_ > 0) waitpid(pid_, nullptr, 0);
    for (const int pid : Children()) support::SendSignal(pid, SIGKILL);
  }

  support::TempDir dir_;
  int pid_ = 0;
};

// `set -m` gives each a process group of its own, as process.exec does.
constexpr char kTwoChildren[] =
    "set -m\n"
    "sleep 1000 & echo $! >> pids\n"
    "sh -c 'sleep 1000 & echo $! >> pids; wait' & echo $! >> pids\n"
    "while [ $(wc -l < pids) -lt 3 ]; do :; done";

TEST_F(ProcessTreeTest, KillsWhatIsLeftOfItsSessionInWhateverProcessGroup) {
  Run(kTwoChildren);
  const std::vector<int> children = Children();
  ASSERT_EQ(children.size(), 3u);
  for (const int pid : children) EXPECT_TRUE(IsRunning(pid));
  ProcessTree(pid_, nullptr).Kill();
  EXPECT_TRUE(AllGone(children));
}

TEST_F(ProcessTreeTest, LeavesOtherSessionsAlone) {
  Run("setsid sh -c 'echo $$ >> pids; exec sleep 1000' &\nwhile ! [ -s pids ]; do :; done");
  const std::vector<int> children = Children();
  ASSERT_EQ(children.size(), 1u);
  ProcessTree(pid_, nullptr).Kill();
  EXPECT_TRUE(IsRunning(children[0])) << "and so are we";
}

TEST_F(ProcessTreeTest, StopsItsSessionAndLetsItGoOn) {
  Run(kTwoChildren);
  const std::vector<int> children = Children();
  ASSERT_EQ(children.size(), 3u);
  ProcessTree tree(pid_, nullptr);
  tree.Freeze();
  for (const int pid : children) {
    EXPECT_TRUE(Eventually([&] { return support::ProcessState(pid) == 'T'; }));
  }
  tree.Thaw();
  for (const int pid : children) {
    EXPECT_TRUE(Eventually([&] { return support::ProcessState(pid) == 'S'; }));
  }
}

class CgroupTreeTest : public ProcessTreeTest {
 protected:
  void SetUp() override {
    const absl::StatusOr<std::string> own = FindOwnCgroup();
    if (!own.ok()) GTEST_SKIP() << own.status();
    auto home = CgroupHome::Open(*own);
    if (!home.ok()) GTEST_SKIP() << home.status();
    home_ = *home;
    auto cgroup = home_->Make("test-1", {});
    ASSERT_TRUE(cgroup.ok()) << cgroup.status();
    path_ = (*cgroup)->path();
    auto processes = (*cgroup)->OpenProcesses();
    ASSERT_TRUE(processes.ok()) << processes.status();
    processes_ = *std::move(processes);
    cgroup_ = *std::move(cgroup);
  }

  std::shared_ptr<CgroupHome> home_;
  std::unique_ptr<Cgroup> cgroup_;
  UniqueFd processes_;
  std::string path_;
};

TEST_F(CgroupTreeTest, KillsWhatHasLeftTheSessionToo) {
  Run("setsid sh -c 'echo $$ >> pids; exec sleep 1000' &\nwhile ! [ -s pids ]; do :; done",
      processes_);
  const std::vector<int> children = Children();
  ASSERT_EQ(children.size(), 1u);
  EXPECT_TRUE(IsRunning(children[0]));
  ProcessTree tree(pid_, std::move(cgroup_));
  EXPECT_EQ(tree.PassedLimit(), "");
  tree.Kill();
  EXPECT_TRUE(AllGone(children));
}

TEST_F(CgroupTreeTest, StopsAllOfItAndLetsItGoOn) {
  Run("setsid sh -c 'echo $$ >> pids; exec sleep 1000' &\nwhile ! [ -s pids ]; do :; done",
      processes_);
  const auto frozen = [&] {
    return support::ReadFile(path_ + "/cgroup.events").find("frozen 1") != std::string::npos;
  };
  ProcessTree tree(pid_, std::move(cgroup_));
  tree.Freeze();
  EXPECT_TRUE(Eventually(frozen));
  tree.Thaw();
  EXPECT_TRUE(Eventually([&] { return !frozen(); }));
  tree.Freeze();
  tree.Kill();
  EXPECT_TRUE(AllGone(Children())) << "also while it is stopped";
}

TEST_F(CgroupTreeTest, IsRemovedWithAllThatIsInIt) {
  Run("sleep 1000 & echo $! >> pids", processes_);
  if (geteuid() == 0) mkdir((path_ + "/nested").c_str(), 0755);
  const std::string home_path = path_.substr(0, path_.rfind('/'));
  cgroup_ = nullptr;
  home_ = nullptr;
  EXPECT_NE(access(path_.c_str(), F_OK), 0);
  EXPECT_NE(access(home_path.c_str(), F_OK), 0);
  EXPECT_TRUE(AllGone(Children()));
}

TEST_F(CgroupTreeTest, WhatAKilledServerLeftBehindIsRemovedByTheNext) {
  // Ours is locked; one that nobody has locked is a dead server's.
  const std::string base = path_.substr(0, path_.find("/rsca-workers-"));
  const pid_t dead = fork();
  if (dead == 0) _exit(0);
  ASSERT_EQ(waitpid(dead, nullptr, 0), dead);
  const std::string stale = absl::StrCat(base, "/rsca-workers-", dead);
  // Locked while it is made, because servers of other tests remove what is not.
  UniqueFd lock;
  ASSERT_TRUE(Eventually([&] {
    mkdir(stale.c_str(), 0755);
    lock = UniqueFd(open(stale.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return lock && flock(lock.Get(), LOCK_EX | LOCK_NB) == 0 && access(stale.c_str(), F_OK) == 0;
  }));
  ASSERT_EQ(mkdir((stale + "/default-1").c_str(), 0755), 0);
  const pid_t survivor = fork();
  if (survivor == 0) {
    close(lock.Get());
    std::ofstream(stale + "/default-1/cgroup.procs") << "0" << std::flush;
    while (true) pause();
  }
  ASSERT_TRUE(Eventually([&] {
    return support::ReadFile(stale + "/default-1/cgroup.procs") == absl::StrCat(survivor, "\n");
  }));
  lock = UniqueFd();
  const pid_t next = fork();
  if (next == 0) _exit(CgroupHome::Open(base).ok() ? 0 : 1);
  int status = 0;
  EXPECT_EQ(waitpid(next, &status, 0), next);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(waitpid(survivor, &status, 0), survivor);
  EXPECT_EQ(WTERMSIG(status), SIGKILL);
  EXPECT_EQ(access(path_.c_str(), F_OK), 0) << "of a server that lives";
  // The dead process was in it a moment ago.
  EXPECT_TRUE(Eventually([&] {
    rmdir((stale + "/default-1").c_str());
    rmdir(stale.c_str());
    return access(stale.c_str(), F_OK) != 0;
  }));
  rmdir(absl::StrCat(base, "/rsca-workers-", next).c_str());
}

TEST_F(CgroupTreeTest, LimitsMemoryAndKillsWhoPassesIt) {
  if (const std::string why = home_->WhyNot("memory"); !why.empty()) GTEST_SKIP() << why;
  ResourceLimitOptions limits;
  limits.memory_kib = 32 * 1024;
  auto cgroup = home_->Make("test-2", limits);
  ASSERT_TRUE(cgroup.ok()) << cgroup.status();
  const auto processes = (*cgroup)->OpenProcesses();
  ASSERT_TRUE(processes.ok());
  Run("head -c 200M /dev/zero | tail -c 150M > /dev/null", *processes);
  ProcessTree tree(pid_, *std::move(cgroup));
  EXPECT_EQ(tree.PassedLimit(), "memory of 32768 KiB");
}

TEST_F(CgroupTreeTest, LimitsProcesses) {
  if (const std::string why = home_->WhyNot("pids"); !why.empty()) GTEST_SKIP() << why;
  ResourceLimitOptions limits;
  limits.processes = 5;
  auto cgroup = home_->Make("test-2", limits);
  ASSERT_TRUE(cgroup.ok()) << cgroup.status();
  const auto processes = (*cgroup)->OpenProcesses();
  ASSERT_TRUE(processes.ok());
  Run("for i in 1 2 3 4 5 6 7 8; do sleep 1000 & echo $! >> pids; done", *processes);
  EXPECT_LE(Children().size(), 5u);
}

TEST_F(CgroupTreeTest, LimitsProcessors) {
  if (const std::string why = home_->WhyNot("cpu"); !why.empty()) GTEST_SKIP() << why;
  ResourceLimitOptions limits;
  limits.cpu_percent = 150;
  auto cgroup = home_->Make("test-2", limits);
  ASSERT_TRUE(cgroup.ok()) << cgroup.status();
  EXPECT_EQ(support::ReadFile((*cgroup)->path() + "/cpu.max"), "150000 100000\n");
}

}  // namespace
}  // namespace rsca::workers
