#include <dirent.h>
#include <signal.h>
#include <sys/syscall.h>

#include <array>
#include <fstream>
#include <thread>

#include "tests/unit/server/managers/file/file_manager_test.h"

namespace rsca {
namespace {

class FileTailRotation : public FileManagerTest {
 protected:
  ~FileTailRotation() override { plugin().Unregister(1); }

  void Start(const std::string& path, nlohmann::json more = {}) {
    ASSERT_EQ(plugin().Register(1, L"file.tail", Arguments(path, std::move(more)), results_), S_OK);
  }

  // Whether the stream so far is this, once it is as long.
  void Expect(const std::string& stream) {
    results_->WaitFor([&](const Results& all) { return Joined(all).size() >= stream.size(); });
    EXPECT_EQ(Joined(results_->results()), stream);
  }

  // Whether the results are the numbers from 0, a line each.
  void ExpectNumbers(int count) {
    results_->WaitFor([&](const Results& all) { return all.size() >= static_cast<size_t>(count); });
    const Results results = results_->results();
    ASSERT_EQ(results.size(), static_cast<size_t>(count));
    for (int i = 0; i < count; ++i) {
      ASSERT_EQ(results[static_cast<size_t>(i)].response, std::to_string(i) + "\n");
    }
  }

  const std::string path_ = dir_ / "log";
  const RecorderPtr results_ = MakeRecorder();
};

TEST_F(FileTailRotation, SurvivesRotationByRename) {
  Append(path_, "1\n");
  Start(path_);
  Expect("1\n");
  Append(path_, "2\n");
  Rename(path_, path_ + ".1");
  Append(path_ + ".1", "3\n");
  Append(path_, "4\n");
  Expect("1\n2\n3\n4\n");
  Rename(path_ + ".1", path_ + ".2");
  Rename(path_, path_ + ".1");
  Append(path_, "5\n");
  Expect("1\n2\n3\n4\n5\n");
}

TEST_F(FileTailRotation, WaitsForTheNewFileThatAppearsLater) {
  Append(path_, "1\n");
  Start(path_);
  Rename(path_, path_ + ".1");
  Append(path_ + ".1", "2\n");
  Expect("1\n2\n");
  Append(path_, "3\n");
  Expect("1\n2\n3\n");
}

TEST_F(FileTailRotation, ReadsTheOldFileOnWhenItsWriterHasNotNoticed) {
  Append(path_, "1\n");
  Start(path_);
  Rename(path_, path_ + ".1");
  Append(path_, "2\n");
  Expect("1\n2\n");
  Append(path_ + ".1", "late\n");
  Expect("1\n2\nlate\n");
}

TEST_F(FileTailRotation, GivesALineWithoutNewlineBeforeTheNewFile) {
  Append(path_, "1\nunfinished");
  Start(path_);
  Rename(path_, path_ + ".1");
  Append(path_, "2\n");
  Expect("1\nunfinished2\n");
  EXPECT_EQ(Responses(results_->results())[1], "unfinished");
}

TEST_F(FileTailRotation, SurvivesAFileThatIsRenamedOver) {
  Append(path_, "1\n");
  Start(path_);
  Expect("1\n");
  Append(path_, "2\n");
  Append(path_ + ".new", "3\n");
  Rename(path_ + ".new", path_);
  Expect("1\n2\n3\n");
  Append(path_, "4\n");
  Expect("1\n2\n3\n4\n");
}

TEST_F(FileTailRotation, KnowsAFileThatIsRenamedAndComesBack) {
  Append(path_, "1\n");
  Start(path_);
  Rename(path_, path_ + ".aside");
  Rename(path_ + ".aside", path_);
  Append(path_, "2\n");
  Expect("1\n2\n");
}

TEST_F(FileTailRotation, SurvivesTruncation) {
  Append(path_, "1\n2\n");
  Start(path_);
  Expect("1\n2\n");
  Truncate(path_);
  Append(path_, "3\n");
  Expect("1\n2\n3\n");
  Truncate(path_);
  Append(path_, "a line that makes the file longer than it was\n");
  Expect("1\n2\n3\na line that makes the file longer than it was\n");
}

TEST_F(FileTailRotation, GivesALineWithoutNewlineBeforeTheTruncation) {
  Append(path_, "unfinished\nline");
  Start(path_);
  Expect("unfinished\n");
  Truncate(path_);
  Expect("unfinished\nline");
  Append(path_, "new\n");
  Expect("unfinished\nlinenew\n");
}

TEST_F(FileTailRotation, SurvivesDeletionAndRecreation) {
  Append(path_, "1\n");
  Start(path_);
  std::string stream = "1\n";
  for (const char* line : {"2\n", "3\n", "4\n"}) {
    Append(path_, "x\n");
    ASSERT_EQ(unlink(path_.c_str()), 0);
    Append(path_, line);
    stream += std::string("x\n") + line;
    Expect(stream);
  }
}

TEST_F(FileTailRotation, GivesTheUnfinishedLineOfADeletedFile) {
  Append(path_, "1\nunfinished");
  Start(path_);
  Expect("1\n");
  ASSERT_EQ(unlink(path_.c_str()), 0);
  Expect("1\nunfinished");
}

TEST_F(FileTailRotation, SurvivesTheDirectoryVanishing) {
  const std::string directory = dir_ / "var/log";
  std::filesystem::create_directories(directory);
  Append(directory + "/log", "1\n");
  Start(directory + "/log");
  Expect("1\n");
  std::filesystem::remove_all(dir_ / "var");
  std::filesystem::create_directories(directory);
  Append(directory + "/log", "2\n");
  Expect("1\n2\n");
  Rename(dir_ / "var", dir_ / "gone");
  std::filesystem::create_directories(directory);
  Append(directory + "/log", "3\n");
  Expect("1\n2\n3\n");
}

TEST_F(FileTailRotation, FollowsSymbolicLinksAndTheirTargets) {
  std::filesystem::create_directory(dir_ / "a");
  std::filesystem::create_directory(dir_ / "b");
  Append(dir_ / "a/real", "1\n");
  Append(dir_ / "b/real", "3\n");
  std::filesystem::create_symlink("a/real", path_);
  Start(path_);
  Expect("1\n");
  Rename(dir_ / "a/real", dir_ / "a/real.1");
  Append(dir_ / "a/real", "2\n");
  Expect("1\n2\n");
  std::filesystem::create_symlink("b/real", path_ + ".new");
  Rename(path_ + ".new", path_);
  Expect("1\n2\n3\n");
  Append(dir_ / "b/real", "4\n");
  Expect("1\n2\n3\n4\n");
}

TEST_F(FileTailRotation, FollowsALinkToADirectoryThatIsPointedElsewhere) {
  for (const char* name : {"day1", "day2"}) std::filesystem::create_directory(dir_ / name);
  Append(dir_ / "day1/log", "1\n");
  Append(dir_ / "day2/log", "2\n");
  std::filesystem::create_directory_symlink("day1", dir_ / "today");
  Start(dir_ / "today/log");
  Expect("1\n");
  std::filesystem::create_directory_symlink("day2", dir_ / "tomorrow");
  Rename(dir_ / "tomorrow", dir_ / "today");
  Expect("1\n2\n");
}

TEST_F(FileTailRotation, WaitsUntilTheNewFileIsARegularFile) {
  Append(path_, "1\n");
  Start(path_);
  Expect("1\n");
  ASSERT_EQ(unlink(path_.c_str()), 0);
  std::filesystem::create_directory(path_);
  std::filesystem::remove(path_);
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  ASSERT_EQ(unlink(path_.c_str()), 0);
  Append(path_, "2\n");
  Expect("1\n2\n");
}

TEST_F(FileTailRotation, LosesNoFileThatIsRotatedAwayWhileReadersAreSlow) {
  Append(path_, "0\n");
  results_->Hold();
  Start(path_);
  ASSERT_TRUE(results_->WaitForBlocked());
  // More files than are kept open, each of them moved on with every rotation.
  constexpr int kFiles = 100;
  for (int i = 1; i < kFiles; ++i) {
    for (int k = i; k > 1; --k) {
      Rename(path_ + "." + std::to_string(k - 1), path_ + "." + std::to_string(k));
    }
    Rename(path_, path_ + ".1");
    Append(path_, std::to_string(i) + "\n");
  }
  results_->Resume();
  ExpectNumbers(kFiles);
}

TEST_F(FileTailRotation, GoesOnAfterManyFilesThatStayedEmpty) {
  Append(path_, "0\n");
  Start(path_);
  for (int i = 1; i < 200; ++i) {
    Rename(path_, path_ + "." + std::to_string(i));
    Append(path_, "");
  }
  Append(path_, "1\n");
  ExpectNumbers(2);
}

// One writer that rotates every few lines, at full speed.
TEST_F(FileTailRotation, CountsEachLineOfAWriterThatRotatesByRename) {
  constexpr int kLines = 20000;
  Append(path_, "");
  Start(path_);
  std::thread writer([&] {
    for (int i = 0; i < kLines; ++i) {
      Append(path_, std::to_string(i) + "\n");
      if (i % 97 == 96) Rename(path_, path_ + "." + std::to_string(i));
    }
  });
  writer.join();
  ExpectNumbers(kLines);
}

// A writer that keeps its file open, and a rotator that tells it to open the path again some time
// after the new file is there, as logrotate with `create` does.
TEST_F(FileTailRotation, CountsEachLineOfAWriterThatIsRotatedByAnother) {
  constexpr int kRotations = 100;
  constexpr int kLinesBetween = 50;  // and as many more at most before the writer waits
  constexpr int kLines = (kRotations + 1) * kLinesBetween;
  Append(path_, "");
  Start(path_);
  std::atomic<int> generation{0};
  std::atomic<int> written{0};
  std::thread writer([&] {
    int fd = -1;
    int opened = -1;
    while (written < kLines) {
      if (written >= (opened + 2) * kLinesBetween) generation.wait(opened);
      if (opened != generation) {
        opened = generation;
        if (fd >= 0) close(fd);
        fd = open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
      }
      const std::string line = std::to_string(written) + "\n";
      EXPECT_EQ(write(fd, line.data(), line.size()), static_cast<ssize_t>(line.size()));
      ++written;
      written.notify_one();
    }
    close(fd);
  });
  for (int i = 1; i < kRotations; ++i) {
    for (int seen = written; seen < i * kLinesBetween; seen = written) written.wait(seen);
    Rename(path_, path_ + "." + std::to_string(i));
    Append(path_, "");
    ++generation;
    generation.notify_one();
  }
  writer.join();
  ExpectNumbers(kLines);
}

// What is written between the last reading and the truncation is lost with it, so this writer
// truncates only what has been read.
TEST_F(FileTailRotation, CountsEachLineOfAWriterThatTruncates) {
  constexpr int kRounds = 50;
  constexpr int kLinesARound = 100;
  Append(path_, "");
  Start(path_);
  for (int round = 0; round < kRounds; ++round) {
    for (int i = 0; i < kLinesARound; ++i) {
      Append(path_, std::to_string(round * kLinesARound + i) + "\n");
    }
    ExpectNumbers((round + 1) * kLinesARound);
    Truncate(path_);
  }
}

// --- The kernel drops events ---------------------------------------------------------------------

int stop_pipe[2];  // NOLINT: a signal handler knows nothing else

void WaitForRelease(int) {
  const int saved = errno;
  char byte = 0;
  while (read(stop_pipe[0], &byte, 1) < 0 && errno == EINTR) {
  }
  errno = saved;
}

// The thread of this process that bears the name; 0 is none.
pid_t FindThread(const std::string& name) {
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::string comm;
    std::ifstream(task.path() / "comm") >> comm;
    if (comm == name) return std::stoi(task.path().filename());
  }
  return 0;
}

// A thread that gets no processor while the directory is busy, so that the kernel's queue
// overflows.
TEST_F(FileTailRotation, SurvivesAnOverflowOfTheKernelsQueue) {
  Append(path_, "0\n");
  Append(dir_ / "busy", "");
  Start(path_);
  ExpectNumbers(1);
  pid_t thread = 0;
  const absl::Time deadline = absl::Now() + kTestPatience;
  while ((thread = FindThread("file.names")) == 0 && absl::Now() < deadline) {
    std::this_thread::yield();
  }
  ASSERT_NE(thread, 0);

  ASSERT_EQ(pipe2(stop_pipe, O_CLOEXEC), 0);
  struct sigaction action = {};
  action.sa_handler = WaitForRelease;
  struct sigaction before = {};
  ASSERT_EQ(sigaction(SIGUSR1, &action, &before), 0);
  ASSERT_EQ(syscall(SYS_tgkill, getpid(), thread, SIGUSR1), 0);
  int queue = 0;
  std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> queue;
  for (int i = 0; i <= queue / 2; ++i) {
    Rename(dir_ / "busy", dir_ / "busier");
    Rename(dir_ / "busier", dir_ / "busy");
  }
  Append(path_, "1\n");
  Rename(path_, path_ + ".1");
  Append(path_, "2\n");
  ASSERT_EQ(write(stop_pipe[1], "x", 1), 1);
  ExpectNumbers(3);
  Append(path_, "3\n");
  Rename(path_, path_ + ".2");
  Append(path_, "4\n");
  ExpectNumbers(5);

  sigaction(SIGUSR1, &before, nullptr);
  close(stop_pipe[0]);
  close(stop_pipe[1]);
}

}  // namespace
}  // namespace rsca
