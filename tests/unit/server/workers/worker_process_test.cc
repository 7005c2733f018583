#include "server/workers/worker_process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace rsca::workers {
namespace {

// A program that writes down what it was given, in place of rsca-worker.
class WorkerProcessTest : public ::testing::Test {
 protected:
  WorkerProcessTest() {
    std::string name = (std::filesystem::temp_directory_path() / "rsca-XXXXXX").string();
    directory_ = mkdtemp(name.data());
  }
  ~WorkerProcessTest() override { std::filesystem::remove_all(directory_); }

  std::string Script(const std::string& body) {
    const std::string path = directory_ + "/program";
    std::ofstream(path) << "#!/bin/sh\ncd " << directory_ << "\n" << body << "\n";
    chmod(path.c_str(), 0700);
    return path;
  }

  std::string Output() {
    std::ifstream file(directory_ + "/out");
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
  }

  absl::StatusOr<SpawnedProcess> Start(const std::string& program,
                                       const std::string& bootstrap = "") {
    return SpawnWorkerProcess(program, bootstrap,
                              {STDERR_FILENO, STDERR_FILENO, STDERR_FILENO, STDERR_FILENO, -1});
  }

  static int Finish(const SpawnedProcess& process) {
    int status = 0;
    EXPECT_EQ(waitpid(process.pid, &status, 0), process.pid);
    close(process.pidfd);
    return status;
  }

  std::string directory_;
};

TEST_F(WorkerProcessTest, HandsTheBootstrapOverOnStandardInputWhateverItsSize) {
  const std::string bootstrap(1 << 20, 'b');
  const auto process = Start(Script("cat > out"), bootstrap);
  ASSERT_TRUE(process.ok()) << process.status();
  EXPECT_EQ(Finish(*process), 0);
  EXPECT_EQ(Output(), bootstrap);
}

TEST_F(WorkerProcessTest, PassesOnNoDescriptorButThoseThatItIsToHave) {
  const int leaked = fcntl(STDERR_FILENO, F_DUPFD, 100);  // without O_CLOEXEC
  const auto process = Start(Script("ls /proc/$$/fd > out"));
  ASSERT_TRUE(process.ok());
  Finish(*process);
  close(leaked);
  EXPECT_EQ(Output().find("\n" + std::to_string(leaked) + "\n"), std::string::npos) << Output();
}

TEST_F(WorkerProcessTest, StartsItInASessionOfItsOwnWithNoSignalBlockedOrIgnored) {
  signal(SIGPIPE, SIG_IGN);
  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &blocked, nullptr);
  const auto process = Start(Script(
      "grep SigBlk /proc/self/status > out; (sh -c 'kill -PIPE $PPID'; echo survived >> out); "
      "cut -d' ' -f5,6 /proc/$$/stat >> out"));
  pthread_sigmask(SIG_UNBLOCK, &blocked, nullptr);
  signal(SIGPIPE, SIG_DFL);
  ASSERT_TRUE(process.ok());
  Finish(*process);
  const std::string pid = std::to_string(process->pid);
  EXPECT_EQ(Output(), "SigBlk:\t0000000000000000\n" + pid + " " + pid + "\n");
}

TEST_F(WorkerProcessTest, SaysWhichProgramCannotBeStarted) {
  const auto process = Start(directory_ + "/missing");
  EXPECT_EQ(process.status().code(), absl::StatusCode::kNotFound);
  EXPECT_NE(std::string(process.status().message()).find("/missing"), std::string::npos);
}

}  // namespace
}  // namespace rsca::workers
