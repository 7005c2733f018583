// What each sync policy promises, under the failures that it promises it for.
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <thread>

#include "tests/support/proc.h"
#include "tests/unit/server/journal/journal_fixture.h"

namespace rsca::journal {
namespace {

using support::Eventually;

SyncPolicy PolicyOf(SyncPolicy::Kind kind) { return {kind, absl::Milliseconds(5), 4096}; }

std::string NameOf(const ::testing::TestParamInfo<SyncPolicy::Kind>& info) {
  return std::vector<std::string>{"Always", "Interval", "Off"}[static_cast<size_t>(info.param)];
}

class JournalPromise : public JournalTest, public ::testing::WithParamInterface<SyncPolicy::Kind> {
 protected:
  JournalPromise() { options_.sync = PolicyOf(GetParam()); }
};

class PowerCut : public JournalPromise {};

// What its readers had seen when the power went is there, and goes on from there.
TEST_P(PowerCut, ForgetsNothingThatWasRead) {
  Open();
  log_ = MakeLog();
  Append(100);
  ASSERT_TRUE(Eventually([this] { return log_->last_sequence() >= 50; }));
  const uint64_t seen = log_->last_sequence();
  faults_->syncs_nothing = true;  // from here on the disk only says so
  Append(100);
  Close();
  faults_->CutPower();
  faults_->syncs_nothing = false;
  // It is never synced itself, and at worst as old as the journal.
  std::filesystem::remove(absl::StrCat(options_.directory, "/committed"));
  uptime_.boot_id.back() = '2';
  Open();
  TakeLog();
  EXPECT_GE(log_->last_sequence(), seen);
  EXPECT_EQ(ReadAll(), Numbers(1, log_->last_sequence()));
}

INSTANTIATE_TEST_SUITE_P(, PowerCut,
                         ::testing::Values(SyncPolicy::Kind::kAlways, SyncPolicy::Kind::kInterval),
                         NameOf);

// The journal's directory of the process that is to be killed.
constexpr char kVictimDirectory[] = "RSCA_TEST_VICTIM_JOURNAL";

class KilledProcess : public JournalPromise {
 protected:
  // This program again, writing to the journal and telling on its standard output what it has
  // committed.
  pid_t StartVictim(int output) {
    const std::string filter =
        absl::StrCat("--gtest_filter=KilledProcess.DISABLED_Victim/", NameOf({GetParam(), 0}));
    std::string self = "/proc/self/exe";
    std::vector<char*> arguments = {self.data(), const_cast<char*>(filter.c_str()),
                                    const_cast<char*>("--gtest_also_run_disabled_tests"), nullptr};
    setenv(kVictimDirectory, options_.directory.c_str(), 1);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, output, kVictimOutput);
    pid_t pid = -1;
    posix_spawn(&pid, self.c_str(), &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    unsetenv(kVictimDirectory);
    return pid;
  }

  static constexpr int kVictimOutput = 9;
};

TEST_P(KilledProcess, DISABLED_Victim) {
  const char* directory = std::getenv(kVictimDirectory);
  if (directory == nullptr) GTEST_SKIP() << "is run by LeavesAllThatWasRead";
  options_.directory = directory;
  options_.env = nullptr;
  Open();
  TakeLog();
  uint64_t committed = 0;
  do {
    Append(10);
    committed = log_->last_sequence();
  } while (write(kVictimOutput, &committed, sizeof(committed)) > 0);
}

TEST_P(KilledProcess, LeavesAllThatWasRead) {
  Open();
  log_ = MakeLog();
  Flush();
  Close();
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const pid_t victim = StartVictim(ends[1]);
  ASSERT_GT(victim, 0);
  close(ends[1]);
  uint64_t committed = 0;
  while (committed < 1000) ASSERT_GT(read(ends[0], &committed, sizeof(committed)), 0);
  support::SendSignal(victim, SIGKILL);
  waitpid(victim, nullptr, 0);
  while (read(ends[0], &committed, sizeof(committed)) > 0) {
  }
  close(ends[0]);
  Open();
  TakeLog();
  EXPECT_GE(log_->last_sequence(), committed);
  EXPECT_EQ(ReadAll(), Numbers(1, log_->last_sequence()));
}

INSTANTIATE_TEST_SUITE_P(, KilledProcess,
                         ::testing::Values(SyncPolicy::Kind::kAlways, SyncPolicy::Kind::kInterval,
                                           SyncPolicy::Kind::kOff),
                         NameOf);

class Handover : public JournalPromise {};

// Results flow while readers come, lag behind, go, and retention drops: whoever reads gets every
// number from where it began, or is told from where on there are some.
TEST_P(Handover, FlowsFromReplayIntoLiveResultsWhateverTheInterleaving) {
  options_.retention.results = 2000;
  Open();
  log_ = MakeLog();
  constexpr uint64_t kResults = 20'000;
  std::thread writer([this] {
    std::mt19937 random(1);
    for (uint64_t next = 1; next <= kResults;) {
      std::vector<Entry> entries;
      for (uint64_t burst = random() % 50 + 1; burst > 0 && next <= kResults; --burst) {
        entries.push_back({grpc::Slice(absl::StrCat(next++)), 10, random() % 100 == 0});
      }
      log_->Append(std::move(entries)).Wake();
      if (random() % 20 == 0) std::this_thread::yield();
    }
    log_->Seal().Wake();
  });
  std::atomic<uint64_t> read = 0;
  std::atomic<int> truncated = 0;
  std::vector<std::thread> readers;
  for (unsigned seed = 0; seed < 4; ++seed) {
    readers.emplace_back([this, seed, &read, &truncated] {
      std::mt19937 random(seed);
      uint64_t position = 0;
      while (position < kResults) {
        const auto opened = log_->OpenReader(position, reader_listener_);
        if (!opened.ok()) {
          // Retention was faster.
          ASSERT_EQ(opened.status().code(), absl::StatusCode::kOutOfRange);
          ++truncated;
          position = log_->first_sequence() - 1;
          continue;
        }
        for (auto reads = random() % 200; reads > 0 && position < kResults; --reads) {
          for (const std::string& text : Read(opened->get(), random() % 100 + 1)) {
            ASSERT_EQ(text, absl::StrCat(++position));
            ++read;
          }
          if (!(*opened)->status().ok()) {
            ASSERT_EQ((*opened)->status().code(), absl::StatusCode::kOutOfRange)
                << (*opened)->status();
            position = log_->first_sequence() - 1;
            break;
          }
        }
      }
    });
  }
  writer.join();
  for (std::thread& reader : readers) reader.join();
  EXPECT_GE(read, 4 * 2000U);
}

INSTANTIATE_TEST_SUITE_P(, Handover,
                         ::testing::Values(SyncPolicy::Kind::kAlways, SyncPolicy::Kind::kInterval,
                                           SyncPolicy::Kind::kOff),
                         NameOf);

}  // namespace
}  // namespace rsca::journal
