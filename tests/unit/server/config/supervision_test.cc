// The settings of a pool that say how its workers are supervised, limited and confined.
#include <unistd.h>

#include <algorithm>

#include "server/config/accounts.h"
#include "server/config/capabilities.h"
#include "tests/unit/server/config/config_fixture.h"

namespace rsca::config {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

class Supervision : public ConfigFixture {
 protected:
  static std::string Pool(const std::string& settings) {
    return "pools:\n- name: a\n  protocol_managers: [{name: file}]\n" + settings;
  }
  std::string Wrong(const std::string& settings) const { return Problems(Pool(settings)); }
};

// As documented for IIS's applicationPools: applicationPoolDefaults, processModel, recycling,
// failure.
TEST_F(Supervision, HasTheDefaultsOfIis) {
  const auto config = Load(Pool(""));
  ASSERT_TRUE(config.ok()) << config.status();
  const v1::Pool& pool = config->pools(0);
  EXPECT_EQ(pool.startup_time_limit().seconds(), 90);
  EXPECT_EQ(pool.shutdown_time_limit().seconds(), 90);
  EXPECT_EQ(pool.max_processes(), 1u);
  EXPECT_TRUE(pool.pinging_enabled());
  EXPECT_EQ(pool.ping_interval().seconds(), 30);
  EXPECT_EQ(pool.ping_response_time().seconds(), 90);
  EXPECT_EQ(pool.idle_timeout().seconds(), 20 * 60);
  EXPECT_EQ(pool.idle_timeout_action(), v1::Pool::IDLE_TIMEOUT_ACTION_TERMINATE);
  EXPECT_EQ(pool.periodic_restart().time().seconds(), 29 * 3600);
  EXPECT_THAT(pool.periodic_restart().schedule(), IsEmpty());
  EXPECT_EQ(pool.periodic_restart().requests(), 0u);
  EXPECT_EQ(pool.periodic_restart().private_memory_kib(), 0u);
  EXPECT_EQ(pool.periodic_restart().memory_kib(), 0u);
  EXPECT_FALSE(pool.disallow_overlapping_rotation());
  EXPECT_TRUE(pool.rapid_fail_protection().enabled());
  EXPECT_EQ(pool.rapid_fail_protection().max_failures(), 5u);
  EXPECT_EQ(pool.rapid_fail_protection().interval().seconds(), 5 * 60);
}

TEST_F(Supervision, HasDefaultsOfItsOwnWhereIisHasNone) {
  const auto config = Load(Pool("  applications: [{id: shop}]\n"));
  ASSERT_TRUE(config.ok()) << config.status();
  const v1::Pool& pool = config->pools(0);
  EXPECT_TRUE(pool.quarantine().enabled());
  EXPECT_EQ(pool.quarantine().max_failures(), 3u);
  EXPECT_EQ(pool.quarantine().interval().seconds(), 5 * 60);
  EXPECT_EQ(pool.quarantine().duration().seconds(), 10 * 60);
  EXPECT_TRUE(pool.sandbox().seccomp());
  EXPECT_FALSE(pool.sandbox().drop_capabilities());
  EXPECT_EQ(pool.resource_limits().memory_kib(), 0u);
  EXPECT_EQ(pool.applications(0).virtual_path(), "/");
  EXPECT_EQ(pool.applications(0).config_path(), "shop");
}

TEST_F(Supervision, CanBeSwitchedOff) {
  const auto config =
      Load(Pool("  pinging_enabled: false\n  idle_timeout: 0s\n  periodic_restart: {time: 0s}\n"
                "  rapid_fail_protection: {enabled: false}\n  quarantine: {enabled: false}\n"
                "  sandbox: {seccomp: false}\n"));
  ASSERT_TRUE(config.ok()) << config.status();
  const v1::Pool& pool = config->pools(0);
  EXPECT_FALSE(pool.pinging_enabled());
  EXPECT_EQ(pool.idle_timeout().seconds(), 0);
  EXPECT_EQ(pool.periodic_restart().time().seconds(), 0);
  EXPECT_FALSE(pool.rapid_fail_protection().enabled());
  EXPECT_FALSE(pool.quarantine().enabled());
  EXPECT_FALSE(pool.sandbox().seccomp());
}

TEST_F(Supervision, IsPrintedAndReadAgain) {
  Write("data", "");
  const auto config =
      Load(Pool("  idle_timeout_action: suspend\n"
                "  periodic_restart: {schedule: [03:00, '15:30']}\n"
                "  sandbox: {keep_capabilities: [CAP_NET_BIND_SERVICE], read_paths: [/etc, data]}\n"
                "  applications: [{id: a, preload: {enabled: true, values: ['x: y', '']}}]\n"));
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_THAT(config->pools(0).periodic_restart().schedule(),
              testing::ElementsAre("03:00", "15:30"));
  EXPECT_THAT(config->pools(0).sandbox().read_paths(), testing::ElementsAre("/etc", Path("data")));
  const std::string printed = PrintConfig(*config);
  const auto again = Load(printed);
  ASSERT_TRUE(again.ok()) << again.status() << "\n" << printed;
  EXPECT_EQ(again->SerializeAsString(), config->SerializeAsString()) << printed;
}

TEST_F(Supervision, SchedulesAreTimesOfTheDay) {
  for (const std::string time : {"24:00", "3:00", "03:60", "0300", "03:00:00", "noon", "-1:00"}) {
    EXPECT_THAT(Wrong("  periodic_restart: {schedule: ['" + time + "']}\n"),
                HasSubstr("periodic_restart.schedule[0]: is `" + time +
                          "`; expected a time of the day from 00:00 to 23:59"));
  }
  EXPECT_EQ(Wrong("  periodic_restart: {schedule: [00:00, 23:59]}\n"), "");
  EXPECT_THAT(Wrong("  periodic_restart: {schedule: [01:00, 01:00]}\n"),
              StartsWith("FILE:4:40: pools[0].periodic_restart.schedule[1]: is `01:00`, which is "
                         "there twice"));
  EXPECT_THAT(Wrong("  periodic_restart: {schedule: [[01:00]]}\n"),
              HasSubstr("schedule[0]: is a list; expected text"));
}

TEST_F(Supervision, QuarantineComesBeforeTheStop) {
  EXPECT_THAT(Wrong("  quarantine: {max_failures: 5}\n"),
              StartsWith("FILE:4:16: pools[0].quarantine.max_failures: "
                         "pools[0].quarantine.max_failures (5) must be less than "
                         "pools[0].rapid_fail_protection.max_failures (5)"));
  EXPECT_THAT(
      Wrong("  rapid_fail_protection: {max_failures: 3}\n  quarantine: {max_failures: 3}\n"),
      StartsWith("FILE:5:16: pools[0].quarantine.max_failures: "));
  EXPECT_EQ(Wrong("  quarantine: {max_failures: 4}\n"), "");
  EXPECT_EQ(Wrong("  quarantine: {enabled: false, max_failures: 9}\n"), "");
  EXPECT_EQ(Wrong("  rapid_fail_protection: {enabled: false, max_failures: 1}\n"), "");
}

TEST_F(Supervision, QuarantineFollowsTheStopUnlessTheFileSaysOtherwise) {
  for (uint32_t most = 1; most <= 5; ++most) {
    const auto config =
        Load(Pool(absl::StrCat("  rapid_fail_protection: {max_failures: ", most, "}\n")));
    ASSERT_TRUE(config.ok()) << config.status();
    const v1::Quarantine& quarantine = config->pools(0).quarantine();
    EXPECT_EQ(quarantine.enabled(), most > 1);
    if (!quarantine.enabled()) continue;
    EXPECT_EQ(quarantine.max_failures(), std::min(most - 1, 3u));
  }
}

TEST_F(Supervision, PathsOfTheSandboxMustExist) {
  EXPECT_THAT(Wrong("  sandbox: {write_paths: [/etc, /no/such/path]}\n"),
              HasSubstr("sandbox.write_paths[1]: is `/no/such/path`, which cannot be found: "));
}

TEST_F(Supervision, CapabilitiesAreKnownByName) {
  EXPECT_EQ(CapabilityNumber("CAP_CHOWN"), 0u);
  EXPECT_EQ(CapabilityNumber("CAP_NET_BIND_SERVICE"), 10u);
  EXPECT_EQ(CapabilityNumber("CAP_SYSLOG"), 34u);
  EXPECT_EQ(CapabilityNumber("CAP_CHECKPOINT_RESTORE"), 40u);
  EXPECT_EQ(CapabilityNumber("cap_chown"), std::nullopt);
  EXPECT_THAT(Wrong("  sandbox: {keep_capabilities: [CAP_KILL, CAP_ALL]}\n"),
              HasSubstr("sandbox.keep_capabilities[1]: is `CAP_ALL`; expected the name of a"));
}

TEST_F(Supervision, UsersAndGroupsMustExist) {
  EXPECT_THAT(Wrong("  user: no-such-user\n"), HasSubstr("user: there is no user `no-such-user`"));
  EXPECT_THAT(Wrong("  group: no-such-group\n"),
              HasSubstr("group: there is no group `no-such-group`"));
  EXPECT_THAT(Wrong("  user: \"4294967290\"\n"), HasSubstr("there is no user `4294967290`"));
  if (geteuid() == 0) {
    EXPECT_EQ(Wrong("  user: nobody\n  group: root\n"), "");
  } else {
    EXPECT_THAT(Wrong("  user: root\n"), HasSubstr("user: needs a server that runs as root"));
  }
}

TEST_F(Supervision, AccountsAreFoundByNameAndNumber) {
  const auto root = FindAccount("root", "");
  ASSERT_TRUE(root.ok()) << root.status();
  EXPECT_EQ(root->uid, 0u);
  EXPECT_EQ(root->gid, 0u);
  EXPECT_THAT(root->supplementary_gids, testing::Contains(0u));
  EXPECT_EQ(FindAccount("0", "")->uid, 0u);
  const auto own = FindAccount("", "7");
  ASSERT_TRUE(own.ok());
  EXPECT_EQ(own->uid, geteuid());
  EXPECT_EQ(own->gid, 7u);
  EXPECT_THAT(own->supplementary_gids, IsEmpty());
}

TEST_F(Supervision, ApplicationsAreUniqueAndPathsAbsolute) {
  EXPECT_THAT(Wrong("  applications: [{id: a}, {id: a}]\n"),
              HasSubstr("applications[1].id: is `a`, which another application of the pool has"));
  EXPECT_THAT(Wrong("  applications: [{id: a, virtual_path: shop}]\n"),
              HasSubstr("applications[0].virtual_path: is `shop`; it must begin with /"));
}

}  // namespace
}  // namespace rsca::config
