#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <string>

#include "tests/unit/server/managers/process/process_test_support.h"

namespace rsca {
namespace {

Json List(Plugin* plugin, const Json& arguments) {
  const RecordedResult result = plugin->Run(L"process.list", arguments.dump());
  EXPECT_EQ(result.status, S_OK);
  return Json::parse(result.response).at("processes");
}

Json Find(const Json& processes, pid_t pid) {
  for (const Json& process : processes) {
    if (process.at("pid") == pid) return process;
  }
  return Json();
}

TEST(ProcessList, HasThisProcess) {
  Plugin plugin(RSCA_TEST_PLUGIN);
  const Json self = Find(List(&plugin, Json::object()), getpid());
  ASSERT_TRUE(self.is_object());
  EXPECT_EQ(self["ppid"], getppid());
  EXPECT_EQ(self["uid"], getuid());
  EXPECT_EQ(self["state"], "running");
  EXPECT_GT(self["rss_bytes"], 1'000'000);
  EXPECT_GE(self["threads"], 2);
  EXPECT_GE(self["cpu_seconds"], 0.0);
  EXPECT_THAT(self["command"].get<std::string>(), testing::HasSubstr("process_manager_test"));
  absl::Time started;
  ASSERT_TRUE(absl::ParseTime(absl::RFC3339_full, self["start_time"].get<std::string>(), &started,
                              nullptr));
  EXPECT_LT(started, absl::Now() + absl::Minutes(1));
  EXPECT_GT(started, absl::Now() - absl::Hours(24));
}

TEST(ProcessList, UnderstandsAnyName) {
  char before[16] = {};
  prctl(PR_GET_NAME, before);
  prctl(PR_SET_NAME, ") R (1 2)\n\xFF");
  Plugin plugin(RSCA_TEST_PLUGIN);
  const Json self = Find(List(&plugin, Json::object()), getpid());
  prctl(PR_SET_NAME, before);
  ASSERT_TRUE(self.is_object());
  EXPECT_EQ(self["name"], ") R (1 2)\n\xEF\xBF\xBD");
  EXPECT_EQ(self["ppid"], getppid());
}

TEST(ProcessList, FiltersByNameAndUser) {
  Plugin plugin(RSCA_TEST_PLUGIN);
  EXPECT_TRUE(Find(List(&plugin, {{"name", "process_manager_test"}}), getpid()).is_object());
  EXPECT_TRUE(List(&plugin, {{"name", "no process is called that"}}).empty());
  const std::string uid = std::to_string(getuid());
  EXPECT_TRUE(Find(List(&plugin, {{"user", uid}}), getpid()).is_object());
  EXPECT_TRUE(List(&plugin, {{"user", "nobody is called that"}}).empty());
  if (getuid() == 0) {
    EXPECT_TRUE(Find(List(&plugin, {{"user", "root"}}), getpid()).is_object());
  }
}

}  // namespace
}  // namespace rsca
