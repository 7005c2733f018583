#include "server/workers/confinement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <map>

namespace rsca::workers {
namespace {

using testing::ElementsAre;
using testing::Pair;

std::map<int, uint64_t> LimitsOf(const worker::v1::Confinement& confinement) {
  std::map<int, uint64_t> limits;
  for (const auto& limit : confinement.resource_limits()) limits[limit.resource()] = limit.value();
  return limits;
}

TEST(Confinement, OfAPoolThatSaysNothingIsSeccompAndNoCoreFiles) {
  const worker::v1::Confinement confinement = MakeConfinement({}, false);
  EXPECT_THAT(LimitsOf(confinement), ElementsAre(Pair(RLIMIT_CORE, 0)));
  EXPECT_TRUE(confinement.seccomp());
  EXPECT_FALSE(confinement.has_uid());
  EXPECT_FALSE(confinement.drop_capabilities());
  EXPECT_TRUE(confinement.read_paths().empty() && confinement.write_paths().empty());
}

TEST(Confinement, LimitsProcessesByNumberOfTheUsersOnlyWithoutACgroup) {
  PoolOptions options;
  options.resource_limits.processes = 7;
  options.resource_limits.open_files = 256;
  options.resource_limits.core_size_kib = 4;
  EXPECT_THAT(
      LimitsOf(MakeConfinement(options, false)),
      ElementsAre(Pair(RLIMIT_CORE, 4096), Pair(RLIMIT_NPROC, 7), Pair(RLIMIT_NOFILE, 256)));
  EXPECT_EQ(LimitsOf(MakeConfinement(options, true)).count(RLIMIT_NPROC), 0u);
}

TEST(Confinement, TakesUserAndCapabilitiesAsTheyAre) {
  PoolOptions options;
  options.user = UserOptions{1000, 100, {100, 27}};
  options.sandbox.keep_capabilities = {10};
  options.sandbox.drop_capabilities = true;
  const worker::v1::Confinement confinement = MakeConfinement(options, false);
  EXPECT_EQ(confinement.uid(), 1000u);
  EXPECT_EQ(confinement.gid(), 100u);
  EXPECT_THAT(confinement.supplementary_gids(), ElementsAre(100, 27));
  EXPECT_TRUE(confinement.drop_capabilities());
  EXPECT_THAT(confinement.keep_capabilities(), ElementsAre(10));
}

}  // namespace
}  // namespace rsca::workers
