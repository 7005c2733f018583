#include "server/config/config.h"

#include <google/protobuf/util/message_differencer.h>

#include "common/default_paths.h"
#include "tests/unit/server/config/config_fixture.h"

namespace rsca::config {
namespace {

using google::protobuf::util::MessageDifferencer;
using testing::HasSubstr;

using Config = ConfigFixture;

TEST_F(Config, AnEmptyFileMeansTheDefaults) {
  for (const std::string text : {"", "# nothing but a comment\n", "limits:\n", "---\n"}) {
    const auto config = Load(text);
    ASSERT_TRUE(config.ok()) << config.status();
    EXPECT_TRUE(MessageDifferencer::Equals(*config, DefaultConfig(Installed()))) << text;
  }
}

TEST_F(Config, NoFileMeansTheDefaultsAndTheyAreChecked) {
  EXPECT_TRUE(LoadConfig("", Installed()).ok());
  std::filesystem::remove(dir_ / "bin/rsca-worker");
  EXPECT_THAT(std::string(LoadConfig("", Installed()).status().message()),
              testing::AllOf(HasSubstr("built-in defaults: worker_program: "),
                             HasSubstr("No such file or directory")));
}

TEST_F(Config, DefaultsServeALaptop) {
  const v1::ServerConfig config = DefaultConfig(Installed());
  ASSERT_EQ(config.listeners_size(), 1);
  EXPECT_EQ(config.listeners(0).address(), DefaultServerAddress());
  ASSERT_EQ(config.pools_size(), 1);
  EXPECT_EQ(config.pools(0).name(), "default");
  ASSERT_EQ(config.pools(0).protocol_managers_size(), 3);
  EXPECT_EQ(config.pools(0).protocol_managers(0).library(), Path("lib/rsca/managers/process.so"));
  EXPECT_EQ(config.pools(0).protocol_managers(0).entry_point(), "GetProtocolManager");
  EXPECT_EQ(config.limits().arguments_bytes(), 65536u);
  EXPECT_EQ(config.delivery().detach_grace().seconds(), 10);
  EXPECT_EQ(config.timeouts().drain().seconds(), 30);
  EXPECT_EQ(config.logging().level(), v1::Logging::LEVEL_INFO);
  EXPECT_EQ(config.worker_program(), Path("bin/rsca-worker"));
}

TEST_F(Config, PrintingAndReadingGivesTheSameAgain) {
  Write("own.so", "");
  const auto config = Load(R"(
listeners:
  - {address: "127.0.0.1:0", insecure: true}
  - {address: "unix:/x/ü y.sock"}
pools:
  - name: one
    startup_time_limit: 1.5s
    restart_backoff_max: 1h
    protocol_managers:
      - name: file
      - name: own
        library: own.so
        functions:
          - {name: a/b-c_d.e, answers: once, summary: "true", response_content_type: "a: #b\n"}
limits: {results_per_second: 7, window_bytes: 1099511627776}
timeouts: {drain: 0s, run: 90m}
logging: {level: debug}
)");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->pools(0).startup_time_limit().nanos(), 500'000'000);
  const std::string printed = PrintConfig(*config);
  const auto again = Load(printed);
  ASSERT_TRUE(again.ok()) << again.status() << "\n" << printed;
  EXPECT_TRUE(MessageDifferencer::Equals(*config, *again)) << printed;
  EXPECT_EQ(PrintConfig(*again), printed);
}

TEST_F(Config, RelativePathsStartAtTheFilesDirectory) {
  Write("own.so", "");
  const auto config = Load(R"(
runtime_dir: run/x
worker_program: ./bin/rsca-worker
pools: [{name: a, protocol_managers: [{name: own, library: own.so}]}]
)");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->runtime_dir(), Path("run/x"));
  EXPECT_EQ(config->worker_program(), Path("bin/rsca-worker"));
  EXPECT_EQ(config->pools(0).protocol_managers(0).library(), Path("own.so"));
  EXPECT_EQ(config->listeners(0).address(), "unix:" + Path("run/x/rscad.sock"));
}

TEST_F(Config, AFileThatCannotBeReadIsNamed) {
  EXPECT_THAT(std::string(LoadConfig(Path("none.yaml"), Installed()).status().message()),
              testing::AllOf(HasSubstr(Path("none.yaml")), HasSubstr("No such file")));
  EXPECT_THAT(std::string(LoadConfig(Path("bin"), Installed()).status().message()),
              HasSubstr("Is a directory"));
  EXPECT_THAT(std::string(LoadConfig("/dev/zero", Installed()).status().message()),
              HasSubstr("larger than"));
}

TEST_F(Config, WorkerProgramMustBeExecutable) {
  std::filesystem::permissions(dir_ / "bin/rsca-worker", std::filesystem::perms::owner_read);
  EXPECT_THAT(Problems("worker_program: bin/rsca-worker"),
              testing::StartsWith("FILE:1:1: worker_program: the rsca-worker program cannot run"));
  EXPECT_THAT(Problems("worker_program: bin"), HasSubstr("is not a regular file"));
}

TEST_F(Config, InstalledLayoutIsFound) {
  std::filesystem::create_directories(dir_ / "libexec/rsca");
  std::filesystem::rename(dir_ / "bin/rsca-worker", dir_ / "libexec/rsca/rsca-worker");
  EXPECT_EQ(DefaultConfig(Installed()).worker_program(), Path("libexec/rsca/rsca-worker"));
}

TEST_F(Config, FieldsThatDependOnEachOtherAreComparedWithTheDefaultsToo) {
  EXPECT_EQ(Problems("limits:\n  window_bytes: 1048576\n"),
            "FILE:2:3: limits.window_bytes: is 1048576; it must hold "
            "limits.window_bytes_per_registration (8388608) at least once");
  EXPECT_EQ(Problems("delivery:\n  report_wait: 5s\n"),
            "FILE:2:3: delivery.report_wait: delivery.stall_timeout (30s) must not be longer than "
            "delivery.report_wait (5s)");
  EXPECT_EQ(Problems("pools:\n- name: a\n  restart_backoff_min: 1m\n"
                     "  protocol_managers: [{name: file}]\n"),
            "FILE:3:3: pools[0].restart_backoff_min: pools[0].restart_backoff_min (1m) must not be "
            "longer than pools[0].restart_backoff_max (30s)");
}

TEST_F(Config, RuntimeDirLeavesRoomForSockets) {
  EXPECT_THAT(Problems("runtime_dir: /" + std::string(100, 'x')),
              HasSubstr("FILE:1:1: runtime_dir: has 101 bytes; sockets in it allow 80"));
}

}  // namespace
}  // namespace rsca::config
