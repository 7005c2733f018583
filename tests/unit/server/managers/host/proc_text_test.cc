#include "server/managers/host/proc_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rsca::managers {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

TEST(ProcStat, HasTheTotalTheCoresAndTheBootTime) {
  const Stat stat = ParseStat(
      "cpu  7280 1 3716 285551 548 2 65 19 5 6\n"
      "cpu0 3168 0 1501 143803 57 0 6 6 0 0\n"
      "cpu10 4112 1 2215 141748 490 2 58 13 5 6\n"
      "intr 1234 0 0\nctxt 99\nbtime 1732270000\nprocesses 8592\n");
  ASSERT_TRUE(stat.total.has_value());
  EXPECT_THAT(*stat.total, ElementsAre(7280, 1, 3716, 285551, 548, 2, 65, 19));
  EXPECT_THAT(stat.cores,
              ElementsAre(Pair(0, ElementsAre(3168, 0, 1501, 143803, 57, 0, 6, 6)),
                          Pair(10, ElementsAre(4112, 1, 2215, 141748, 490, 2, 58, 13))));
  EXPECT_EQ(stat.boot_time, 1732270000);
}

TEST(ProcStat, LeavesOutWhatItDoesNotUnderstand) {
  const Stat stat =
      ParseStat("cpu 1 2 3\ncpuX 1 2 3 4 5 6 7 8\ncpu1 1 2 3 4 5 6 7 x\nbtime soon\n");
  EXPECT_FALSE(stat.total.has_value());
  EXPECT_THAT(stat.cores, IsEmpty());
  EXPECT_FALSE(stat.boot_time.has_value());
}

TEST(ProcMeminfo, CountsInBytes) {
  EXPECT_THAT(
      ParseMeminfo("MemTotal:       24684100 kB\nHugePages_Total:       7\nbad line\n"
                   "MemFree: many kB\n:\n"),
      UnorderedElementsAre(Pair("MemTotal", 24684100ULL * 1024), Pair("HugePages_Total", 7)));
}

TEST(ProcLoadavg, HasAveragesAndThreads) {
  const auto load = ParseLoadavg("0.09 1.25 12.00 3/95 8592\n");
  ASSERT_TRUE(load.has_value());
  EXPECT_DOUBLE_EQ(load->one_minute, 0.09);
  EXPECT_DOUBLE_EQ(load->five_minutes, 1.25);
  EXPECT_DOUBLE_EQ(load->fifteen_minutes, 12);
  EXPECT_EQ(load->running, 3U);
  EXPECT_EQ(load->threads, 95U);
}

TEST(ProcLoadavg, IsNothingWhenItIsCutOff) {
  EXPECT_FALSE(ParseLoadavg("").has_value());
  EXPECT_FALSE(ParseLoadavg("0.09 1.25\n").has_value());
  EXPECT_FALSE(ParseLoadavg("0.09 1.25 12.00 395 8592\n").has_value());
  EXPECT_FALSE(ParseLoadavg("0.09 high 12.00 3/95 8592\n").has_value());
}

TEST(ProcDiskstats, CountsInBytes) {
  const auto disks = ParseDiskstats(
      "   7       0 loop0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n"
      " 254       0 vda 95857 27488 4444826 26066 25107 17307 2221808 15075 0 12636 41658\n"
      " 254       1 old 1 2 3 4\n");
  ASSERT_EQ(disks.size(), 2U);
  const DiskCounters& vda = disks.at("vda");
  EXPECT_EQ(vda.reads, 95857U);
  EXPECT_EQ(vda.read_bytes, 4444826ULL * 512);
  EXPECT_EQ(vda.writes, 25107U);
  EXPECT_EQ(vda.written_bytes, 2221808ULL * 512);
  EXPECT_EQ(vda.busy_ms, 12636U);
  EXPECT_EQ(disks.at("loop0").reads, 0U);
}

TEST(ProcNetDev, TellsReceivedFromSent) {
  const auto interfaces = ParseNetDev(
      "Inter-|   Receive                                                |  Transmit\n"
      " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs "
      "drop "
      "fifo colls carrier compressed\n"
      "  eth0: 131041939    2965    1    2    0     0          0         0   142305    1595    3   "
      " "
      "4    0     0       0          0\n"
      "br0:1:99 1 0 0 0 0 0 0 5 6 0 0 0 0 0 0\n"
      "  bad: 1 2 3\n");
  ASSERT_EQ(interfaces.size(), 2U);
  const NetCounters& eth0 = interfaces.at("eth0");
  EXPECT_EQ(eth0.received_bytes, 131041939U);
  EXPECT_EQ(eth0.received_packets, 2965U);
  EXPECT_EQ(eth0.receive_errors, 1U);
  EXPECT_EQ(eth0.receive_drops, 2U);
  EXPECT_EQ(eth0.sent_bytes, 142305U);
  EXPECT_EQ(eth0.sent_packets, 1595U);
  EXPECT_EQ(eth0.send_errors, 3U);
  EXPECT_EQ(eth0.send_drops, 4U);
  EXPECT_EQ(interfaces.at("br0:1").received_bytes, 99U);
}

TEST(ProcPressure, HasTheShortAverageOfEachKind) {
  EXPECT_THAT(ParsePressureAvg10("some avg10=2.29 avg60=1.32 avg300=1.35 total=17547522\n"
                                 "full avg10=0.00 avg60=0.00 avg300=0.00 total=0\n"),
              UnorderedElementsAre(Pair("some", 2.29), Pair("full", 0.0)));
  EXPECT_THAT(ParsePressureAvg10("some total=5\nfull avg10=x\n"), IsEmpty());
}

std::vector<std::string> MountPoints(absl::string_view mountinfo) {
  std::vector<std::string> points;
  for (const Mount& mount : ParseRealMounts(mountinfo)) points.push_back(mount.mount_point);
  return points;
}

TEST(ProcRealMounts, AreThoseOnDevicesAndEachDeviceCountsOnce) {
  constexpr char kMountinfo[] =
      "22 27 0:21 / /proc rw,relatime - proc proc rw\n"
      "24 27 0:6 / /dev rw,relatime - devtmpfs devtmpfs rw,size=12334556k\n"
      "27 1 254:0 / / rw,relatime shared:1 master:2 - ext4 /dev/vda rw,discard\n"
      "28 27 254:0 /sub /bind rw,relatime - ext4 /dev/vda rw\n"
      "29 27 8:1 / /mnt/my\\040disk\\134x rw,relatime - xfs /dev/sda1 rw\n"
      "30 27 0:50 / /nfs rw - nfs4 server:/export rw\n"
      "31 27 0:51 / /tank rw - zfs tank/home rw\n"
      "32 27 0:52 / /run/user/doc rw - fuse.portal /dev/fuse rw\n"
      "33 27 0:53 / /docker/merged rw - overlay overlay rw\n"
      "34 27 8:2 / /cut rw\n"
      "garbage\n";
  EXPECT_THAT(MountPoints(kMountinfo), ElementsAre("/", "/mnt/my disk\\x", "/tank"));
  const auto mounts = ParseRealMounts(kMountinfo);
  EXPECT_EQ(mounts[1].type, "xfs");
  EXPECT_EQ(mounts[1].source, "/dev/sda1");
}

TEST(ProcRealMounts, IncludeTheOverlayThatAContainerRunsOn) {
  EXPECT_THAT(MountPoints("700 600 0:80 / / rw,relatime - overlay overlay rw,lowerdir=a\n"
                          "701 700 8:1 /hosts /etc/hosts rw - ext4 /dev/sda1 rw\n"),
              ElementsAre("/", "/etc/hosts"));
}

TEST(ProcUptime, IsTheFirstNumber) {
  EXPECT_EQ(ParseUptime("1572.57 2999.54\n"), 1572.57);
  EXPECT_FALSE(ParseUptime("\n").has_value());
  EXPECT_FALSE(ParseUptime("long 2\n").has_value());
}

TEST(ProcOsRelease, TakesShellQuotesAway) {
  EXPECT_THAT(ParseOsRelease("# a comment = none\nPRETTY_NAME=\"Debian \\\"12\\\"\"\nID=debian\n"
                             "NAME='It is'\nEMPTY=\nnonsense\nQUOTE=\"\n"),
              UnorderedElementsAre(Pair("PRETTY_NAME", "Debian \"12\""), Pair("ID", "debian"),
                                   Pair("NAME", "It is"), Pair("EMPTY", ""), Pair("QUOTE", "\"")));
}

TEST(ProcCpuinfo, HasModelCountAndWhetherItIsVirtual) {
  const CpuInfo info = ParseCpuinfo(
      "processor\t: 0\nmodel name\t: AMD EPYC: the one\nflags\t\t: fpu hypervisor lahf_lm\n\n"
      "processor\t: 1\nmodel name\t: AMD EPYC: the one\nflags\t\t: fpu hypervisor lahf_lm\n");
  EXPECT_EQ(info.model, "AMD EPYC: the one");
  EXPECT_EQ(info.count, 2U);
  EXPECT_TRUE(info.hypervisor);
}

TEST(ProcCpuinfo, OfAProcessorThatSaysLittleIsStillCounted) {
  const CpuInfo info = ParseCpuinfo("processor\t: 0\nFeatures\t: fp asimd\nCPU part\t: 0xd0c\n");
  EXPECT_EQ(info.model, "");
  EXPECT_EQ(info.count, 1U);
  EXPECT_FALSE(info.hypervisor);
}

}  // namespace
}  // namespace rsca::managers
