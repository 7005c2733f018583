#include "server/managers/host/reading.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/unit/server/managers/host/fake_root.h"

namespace rsca::managers {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Not;
using ::testing::Pair;

TEST(HostReading, OfThisHostHasWhatEveryLinuxHas) {
  const Reading reading = TakeReading("");
  ASSERT_TRUE(reading.stat.total.has_value());
  EXPECT_THAT(reading.stat.cores, Not(IsEmpty()));
  EXPECT_GT(reading.memory.at("MemTotal"), 0U);
  EXPECT_TRUE(reading.load.has_value());
  EXPECT_THAT(reading.network, Contains(Key("lo")));
  for (const FileSystem& each : reading.file_systems) {
    EXPECT_LE(each.available, each.size) << each.mount.mount_point;
  }
}

TEST(HostReading, OfARootWithoutProcIsEmptyAndNoError) {
  const FakeRoot root;
  const Reading reading = TakeReading(root.path());
  EXPECT_FALSE(reading.stat.total.has_value());
  EXPECT_THAT(reading.stat.cores, IsEmpty());
  EXPECT_THAT(reading.memory, IsEmpty());
  EXPECT_FALSE(reading.load.has_value());
  EXPECT_THAT(reading.disks, IsEmpty());
  EXPECT_THAT(reading.network, IsEmpty());
  EXPECT_THAT(reading.pressure, IsEmpty());
  EXPECT_THAT(reading.file_systems, IsEmpty());
}

TEST(HostReading, CountsWholeDisksThatWereUsed) {
  FakeRoot root;
  root.Write("/proc/diskstats",
             "254 0 vda 5 0 8 1 2 0 8 1 0 1 1\n254 1 vda1 5 0 8 1 2 0 8 1 0 1 1\n"
             "7 0 loop0 0 0 0 0 0 0 0 0 0 0 0\n104 0 cciss/c0d0 1 0 8 1 0 0 0 0 0 1 1\n");
  // Without /sys nobody can tell a partition from a disk.
  EXPECT_THAT(TakeReading(root.path()).disks,
              ElementsAre(Key("cciss/c0d0"), Key("vda"), Key("vda1")));
  root.Write("/sys/block/vda/size", "8");
  root.Write("/sys/block/loop0/size", "8");
  root.Write("/sys/block/cciss!c0d0/size", "8");
  EXPECT_THAT(TakeReading(root.path()).disks, ElementsAre(Key("cciss/c0d0"), Key("vda")));
}

TEST(HostReading, HasTheRoomOnFileSystemsThatExist) {
  FakeRoot root;
  root.Write(
      "/proc/self/mountinfo",
      "27 1 254:0 / / rw - ext4 /dev/vda rw\n28 27 8:1 / /no/such/mount rw - xfs /dev/b rw\n");
  const auto file_systems = TakeReading(root.path()).file_systems;
  ASSERT_EQ(file_systems.size(), 1U);
  EXPECT_EQ(file_systems[0].mount.mount_point, "/");
  EXPECT_EQ(file_systems[0].size / 4096, std::filesystem::space("/").capacity / 4096);
}

TEST(HostReading, HasThePressureThatTheKernelOffers) {
  FakeRoot root;
  root.Write("/proc/pressure/memory", "some avg10=1.00 avg60=0 avg300=0 total=1\n");
  root.Write("/proc/pressure/io", "");
  EXPECT_THAT(TakeReading(root.path()).pressure,
              ElementsAre(Pair("memory", ElementsAre(Pair("some", 1.0)))));
}

TEST(HostTextFile, ReadsAFileLongerThanItsBuffer) {
  FakeRoot root;
  const std::string text(100'000, 'x');
  root.Write("/long", text);
  EXPECT_EQ(ReadTextFile(root.path() + "/long"), text);
  EXPECT_FALSE(ReadTextFile(root.path() + "/none").has_value());
  EXPECT_FALSE(ReadTextFile(root.path()).has_value());  // a directory
}

}  // namespace
}  // namespace rsca::managers
