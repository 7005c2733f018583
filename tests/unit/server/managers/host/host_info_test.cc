#include "server/managers/host/host_info.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/unit/server/managers/host/fake_root.h"

namespace rsca::managers {
namespace {

using Json = nlohmann::ordered_json;

TEST(HostInfo, OfThisHostNamesIt) {
  char name[256] = {};
  ASSERT_EQ(gethostname(name, sizeof(name) - 1), 0);
  const Json info = HostInfoJson("");
  EXPECT_EQ(info["hostname"], name);
  EXPECT_EQ(info["kernel"]["name"], "Linux");
  EXPECT_FALSE(info["architecture"].get<std::string>().empty());
  EXPECT_GT(info["cpu"]["count"], 0);
  EXPECT_GT(info["memory_bytes"], 0);
  EXPECT_GT(info["uptime_seconds"], 0);
}

TEST(HostInfo, IsPutTogetherFromManyFiles) {
  FakeRoot root;
  root.Write(
      "/etc/os-release",
      "PRETTY_NAME=\"Debian 12\"\nID=debian\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\n");
  root.Write("/etc/machine-id", "3d1219c7c4c5404aaa1f6d2a48adfda4\n");
  root.Write("/proc/cpuinfo", "processor: 0\nmodel name: Z80\nflags: hypervisor\n");
  root.Write("/proc/meminfo", "MemTotal: 64 kB\n");
  root.Write("/proc/stat", "btime 1732270000\n");
  root.Write("/proc/uptime", "12.50 3.00\n");
  root.Write("/sys/class/dmi/id/sys_vendor", "QEMU\n");
  root.Write("/run/systemd/container", "lxc\n");
  Json info = HostInfoJson(root.path());
  for (const char* from_kernel : {"hostname", "kernel", "architecture"}) info.erase(from_kernel);
  EXPECT_EQ(info, Json::parse(R"({
    "os": {"name": "Debian 12", "id": "debian", "version": "12", "codename": "bookworm"},
    "cpu": {"model": "Z80", "count": 1},
    "memory_bytes": 65536,
    "boot_time": "2024-11-22T10:06:40.000Z",
    "uptime_seconds": 12.5,
    "machine_id": "3d1219c7c4c5404aaa1f6d2a48adfda4",
    "virtualization": {"hypervisor": true, "vendor": "QEMU", "container": "lxc"}})"));
}

TEST(HostInfo, FindsTheOtherPlaceOfOsRelease) {
  FakeRoot root;
  root.Write("/usr/lib/os-release", "ID=alpine\n");
  EXPECT_EQ(HostInfoJson(root.path())["os"], Json::parse(R"({"id": "alpine"})"));
}

TEST(HostInfo, LeavesOutWhatCannotBeFoundOut) {
  const FakeRoot root;
  const Json info = HostInfoJson(root.path());
  for (const char* absent :
       {"os", "cpu", "memory_bytes", "boot_time", "uptime_seconds", "machine_id"}) {
    EXPECT_FALSE(info.contains(absent)) << absent;
  }
  EXPECT_TRUE(info.contains("hostname"));
}

}  // namespace
}  // namespace rsca::managers
