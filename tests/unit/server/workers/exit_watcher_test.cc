#include "server/workers/exit_watcher.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <future>
#include <string>
#include <vector>

#include "tests/support/proc.h"

namespace rsca::workers {
namespace {

// A real shell that runs `script`.
pid_t StartShell(const std::string& script) {
  std::string text = script;
  std::string shell = "sh";
  std::string flag = "-c";
  char* const argv[] = {shell.data(), flag.data(), text.data(), nullptr};
  pid_t pid = -1;
  EXPECT_EQ(posix_spawn(&pid, "/bin/sh", nullptr, nullptr, argv, environ), 0);
  return pid;
}

int OpenPidfd(pid_t pid) { return static_cast<int>(syscall(SYS_pidfd_open, pid, 0)); }

WorkerExit ExitOf(ExitWatcher* watcher, pid_t pid) {
  std::promise<WorkerExit> exit;
  EXPECT_TRUE(watcher
                  ->Watch(pid, OpenPidfd(pid), nullptr,
                          [&exit](const WorkerExit& value) { exit.set_value(value); })
                  .ok());
  return exit.get_future().get();
}

TEST(ExitWatcher, TellsTheExitStatusAndReaps) {
  ExitWatcher watcher;
  const pid_t pid = StartShell("exit 3");
  const WorkerExit exit = ExitOf(&watcher, pid);
  EXPECT_EQ(exit.pid, pid);
  EXPECT_EQ(exit.exit_status, 3);
  EXPECT_EQ(exit.signal, 0);
  EXPECT_EQ(waitpid(pid, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

TEST(ExitWatcher, TellsTheSignal) {
  ExitWatcher watcher;
  const WorkerExit exit = ExitOf(&watcher, StartShell("kill -ABRT $$"));
  EXPECT_EQ(exit.signal, SIGABRT);
  EXPECT_EQ(DescribeExit(exit), "was killed by signal 6 (Aborted)");
}

// A duplicate keeps the open file, and with it its place in the epoll set, beyond the watcher's
// close.
TEST(ExitWatcher, ReportsAProcessOnceThoughSomebodyKeepsADuplicateOfItsPidfd) {
  ExitWatcher watcher;
  const pid_t pid = StartShell("exit 0");
  const int pidfd = OpenPidfd(pid);
  const int duplicate = fcntl(pidfd, F_DUPFD_CLOEXEC, 0);
  std::promise<void> first;
  int calls = 0;
  ASSERT_TRUE(watcher
                  .Watch(pid, pidfd, nullptr,
                         [&](const WorkerExit&) {
                           if (++calls == 1) first.set_value();
                         })
                  .ok());
  first.get_future().wait();
  ExitOf(&watcher, StartShell("exit 0"));  // the watcher has gone round since
  EXPECT_EQ(calls, 1);
  close(duplicate);
}

TEST(ExitWatcher, WatchesManyAtOnce) {
  ExitWatcher watcher;
  std::vector<std::promise<WorkerExit>> exits(20);
  for (size_t i = 0; i < exits.size(); ++i) {
    const pid_t pid = StartShell("exit " + std::to_string(i));
    ASSERT_TRUE(watcher
                    .Watch(pid, OpenPidfd(pid), nullptr,
                           [&exits, i](const WorkerExit& exit) { exits[i].set_value(exit); })
                    .ok());
  }
  for (size_t i = 0; i < exits.size(); ++i) {
    EXPECT_EQ(exits[i].get_future().get().exit_status, static_cast<int>(i));
  }
}

TEST(ExitWatcher, CanBeDestroyedWhileProcessesRun) {
  const pid_t pid = StartShell("exec sleep 1000");
  {
    ExitWatcher watcher;
    ASSERT_TRUE(
        watcher.Watch(pid, OpenPidfd(pid), nullptr, [](const WorkerExit&) { FAIL(); }).ok());
  }
  support::SendSignal(pid, SIGKILL);
  EXPECT_EQ(waitpid(pid, nullptr, 0), pid);
}

}  // namespace
}  // namespace rsca::workers
