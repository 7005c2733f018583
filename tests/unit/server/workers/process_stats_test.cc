#include "server/workers/process_stats.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <thread>

namespace rsca::workers {
namespace {

TEST(ProcessStatsTest, SaysWhatThisProcessUses) {
  const auto stats = ReadProcessStats(getpid());
  ASSERT_TRUE(stats.ok()) << stats.status();
  EXPECT_GT(stats->resident_bytes, 0U);
  EXPECT_GT(stats->private_bytes, 0U);
  EXPECT_LE(stats->private_bytes, stats->virtual_bytes);
  EXPECT_GT(stats->virtual_bytes, stats->resident_bytes);
  EXPECT_GE(stats->descriptors, 3);
  EXPECT_GE(stats->threads, 1);
  EXPECT_GE(stats->cpu_time, absl::ZeroDuration());
}

TEST(ProcessStatsTest, SeesMemoryThatIsTouched) {
  constexpr size_t kSize = 64 << 20;
  const auto before = ReadProcessStats(getpid());
  void* memory = mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(memory, MAP_FAILED);
  memset(memory, 1, kSize);
  const auto after = ReadProcessStats(getpid());
  const auto resident = ReadResidentBytes(getpid());
  munmap(memory, kSize);
  ASSERT_TRUE(before.ok() && after.ok() && resident.ok());
  EXPECT_GE(after->private_bytes, before->private_bytes + kSize * 9 / 10);
  EXPECT_GE(*resident, before->resident_bytes + kSize * 9 / 10);
}

TEST(ProcessStatsTest, SaysThatAProcessHasEnded) {
  const pid_t pid = fork();
  if (pid == 0) _exit(0);
  siginfo_t info;
  ASSERT_EQ(waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT), 0);
  // A zombie has no memory; it must not be taken for a process that has none.
  const auto zombie = ReadProcessStats(pid);
  EXPECT_TRUE(!zombie.ok() || zombie->resident_bytes == 0U);
  waitpid(pid, nullptr, 0);
  EXPECT_EQ(ReadProcessStats(pid).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ReadResidentBytes(pid).status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace rsca::workers
