#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/workers/cgroup.h"

namespace rsca::workers {
namespace {

using testing::HasSubstr;

constexpr char kOnlyV2[] =
    "25 30 0:23 / /sys rw,nosuid shared:7 - sysfs sysfs rw\n"
    "30 25 0:26 / /sys/fs/cgroup rw,nosuid,nodev shared:9 - cgroup2 cgroup2 rw,nsdelegate\n";

TEST(OwnCgroup, IsBelowTheMount) {
  EXPECT_EQ(*FindOwnCgroup("0::/system.slice/rscad.service\n", kOnlyV2),
            "/sys/fs/cgroup/system.slice/rscad.service");
}

TEST(OwnCgroup, IsTheMountItselfInANamespaceOfItsOwn) {
  EXPECT_EQ(*FindOwnCgroup("0::/\n", kOnlyV2), "/sys/fs/cgroup");
}

TEST(OwnCgroup, IsFoundBesideVersion1) {
  constexpr char kBoth[] =
      "31 25 0:27 / /sys/fs/cgroup/unified rw,nosuid - cgroup2 cgroup2 rw\n"
      "32 25 0:28 / /sys/fs/cgroup/memory rw,nosuid - cgroup cgroup rw,memory\n";
  EXPECT_EQ(*FindOwnCgroup("4:memory:/user\n1:name=systemd:/user\n0::/user/x\n", kBoth),
            "/sys/fs/cgroup/unified/user/x");
}

TEST(OwnCgroup, IsFoundWhereOnlyAPartIsMounted) {
  constexpr char kPart[] = "30 25 0:26 /docker/abc /sys/fs/cgroup ro,nosuid - cgroup2 cgroup rw\n";
  EXPECT_EQ(*FindOwnCgroup("0::/docker/abc\n", kPart), "/sys/fs/cgroup");
  EXPECT_EQ(*FindOwnCgroup("0::/docker/abc/sub\n", kPart), "/sys/fs/cgroup/sub");
  EXPECT_THAT(FindOwnCgroup("0::/docker/other\n", kPart).status().message(),
              HasSubstr("not in the part"));
}

TEST(OwnCgroup, IsNotOneOutsideOfTheNamespace) {
  EXPECT_FALSE(FindOwnCgroup("0::/../other\n", kOnlyV2).ok());
}

TEST(OwnCgroup, IsNotThereWithoutVersion2) {
  constexpr char kV1[] = "32 25 0:28 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n";
  EXPECT_EQ(FindOwnCgroup("4:memory:/\n", kV1).status().message(), "cgroup v2 is not mounted");
}

}  // namespace
}  // namespace rsca::workers
