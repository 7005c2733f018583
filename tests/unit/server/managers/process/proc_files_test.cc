#include "server/managers/process/proc_files.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <limits>

namespace rsca::managers {
namespace {

constexpr char kRest[] =
    " S 1 2 3 0 -1 4194560 100 0 0 0 7 5 0 0 20 0 4 0 12345 1000000 250 "
    "18446744073709551615 1 1 0 0 0 0 0\n";

TEST(ProcFiles, ParsesAProcess) {
  const auto stat = ParseStat(std::string("42 (some name)") + kRest);
  ASSERT_TRUE(stat.has_value());
  EXPECT_EQ(stat->pid, 42);
  EXPECT_EQ(stat->name, "some name");
  EXPECT_EQ(stat->state, 'S');
  EXPECT_EQ(stat->ppid, 1);
  EXPECT_EQ(stat->threads, 4);
  EXPECT_EQ(stat->start_ticks, 12345u);
  EXPECT_EQ(stat->rss_bytes, 250u * static_cast<uint64_t>(sysconf(_SC_PAGESIZE)));
  EXPECT_DOUBLE_EQ(stat->cpu_seconds, 12.0 / static_cast<double>(sysconf(_SC_CLK_TCK)));
}

TEST(ProcFiles, TakesTheNameUpToTheLastParenthesis) {
  EXPECT_EQ(ParseStat(std::string("42 (a) R 1 (b\n)") + kRest)->name, "a) R 1 (b\n");
  EXPECT_EQ(ParseStat(std::string("42 ()") + kRest)->name, "");
}

TEST(ProcFiles, RefusesWhatIsNoProcess) {
  EXPECT_FALSE(ParseStat("").has_value());
  EXPECT_FALSE(ParseStat("42 (a) S 1").has_value());
  EXPECT_FALSE(ParseStat(")42(").has_value());
  EXPECT_FALSE(ParseStat(std::string("x (a)") + kRest).has_value());
}

TEST(ProcFiles, HasNothingOfAProcessThatIsNotThere) {
  const pid_t none = std::numeric_limits<pid_t>::max();
  EXPECT_FALSE(ReadStat(none).has_value());
  EXPECT_FALSE(ReadUid(none).has_value());
  EXPECT_EQ(ReadCommandLine(none), "");
  EXPECT_EQ(PeakMemoryBytes(none), 0u);
}

}  // namespace
}  // namespace rsca::managers
