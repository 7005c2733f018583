// The real program, with a plug-in that tries what a confined worker may not do.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/worker_protocol.h"
#include "tests/support/child_process.h"
#include "tests/unit/server/worker/link_server.h"

namespace rsca::worker {
namespace {

using support::ChildProcess;
using support::ExitStatus;
using testing::HasSubstr;

constexpr uint32_t kNobody = 65534;

bool HasLandlock() {
  return syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION) > 0;
}

class ConfinementTest : public testing::Test {
 protected:
  ConfinementTest() {
    v1::ProtocolManager* manager = bootstrap_.add_protocol_managers();
    manager->set_name("tries");
    manager->set_library(RSCA_TEST_PLUGIN_DIR "/tries.so");
    manager->set_entry_point("GetProtocolManager");
  }

  void TearDown() override {
    if (HasFailure() && worker_ != nullptr) ADD_FAILURE() << worker_->Error();
  }

  v1::Confinement& confinement() { return *bootstrap_.mutable_confinement(); }

  void BecomeNobody() {
    confinement().set_uid(kNobody);
    confinement().set_gid(kNobody);
    confinement().add_supplementary_gids(12345);
    confinement().set_drop_capabilities(true);
  }

  void Start() {
    support::ChildOptions options;
    options.input = bootstrap_.SerializeAsString();
    options.directory = dir_.path();
    worker_ = std::make_unique<ChildProcess>(std::vector<std::string>{RSCA_WORKER_PATH}, options);
  }

  // Starts the worker with the first.
  std::string Try(const std::string& function, const std::string& arguments = "") {
    if (worker_ == nullptr) {
      Start();
      server_.WaitReady();
    }
    server_.StartRun(++channel_, "tries." + function, arguments);
    const v1::Started started = server_.WaitStarted(channel_);
    if (started.hresult() < 0) return "refused: " + started.message();
    const std::vector<SentReport> reports = server_.WaitEnd(channel_);
    return reports.empty() ? "no answer" : reports.back().response;
  }

  // A line of the worker's /proc/self/status.
  std::string Status(const std::string& name) {
    for (absl::string_view line : absl::StrSplit(Try("status"), '\n')) {
      if (absl::ConsumePrefix(&line, name + ":\t")) return std::string(line);
    }
    return "";
  }

  void ExpectNotConfined(const std::string& message) {
    Start();
    EXPECT_EQ(worker_->Wait(), (ExitStatus{.status = kWorkerExitNotConfined}));
    EXPECT_THAT(worker_->Error(), HasSubstr("worker cannot confine itself worker=test-1 error="));
    EXPECT_THAT(worker_->Error(), HasSubstr(message));
    EXPECT_THAT(server_.not_confined(), HasSubstr(message));
  }

  support::TempDir dir_;
  LinkServer server_;
  v1::Bootstrap bootstrap_ = server_.MakeBootstrap();
  uint64_t channel_ = 0;
  std::unique_ptr<ChildProcess> worker_;
};

TEST_F(ConfinementTest, NoProgramThatItStartsCanGainPrivileges) {
  EXPECT_EQ(Status("NoNewPrivs"), "1");
  EXPECT_EQ(Status("Seccomp"), "0") << "where it was not asked for";
}

TEST_F(ConfinementTest, SeccompRefusesWhatNoPluginNeeds) {
  confinement().set_seccomp(true);
  for (const char* call : {"mount", "umount", "ptrace", "process_vm_readv", "bpf",
                           "perf_event_open", "userfaultfd", "keyctl", "init_module", "reboot",
                           "clock_settime", "unshare-user", "setns", "open_by_handle_at"}) {
    EXPECT_EQ(Try("call", call), "EPERM") << call;
  }
}

TEST_F(ConfinementTest, SeccompLeavesTheRestAsItIs) {
  confinement().set_seccomp(true);
  EXPECT_EQ(Try("call", "getpid"), "OK");
  EXPECT_EQ(Try("call", "unshare-files"), "OK");
  EXPECT_EQ(Try("call", "clone3"), "ENOSYS") << "so that the C library takes clone";
  EXPECT_EQ(Try("forks", "3"), "3 OK");
}

TEST_F(ConfinementTest, WithoutSeccompTheKernelAnswersItself) {
  EXPECT_NE(Try("call", "clone3"), "ENOSYS");
  EXPECT_EQ(Try("call", "open_by_handle_at"), geteuid() == 0 ? "EFAULT" : "EPERM");
}

TEST_F(ConfinementTest, OpensNoMoreFilesThanItMay) {
  v1::ResourceLimit* limit = confinement().add_resource_limits();
  limit->set_resource(RLIMIT_NOFILE);
  limit->set_value(100);
  const std::string result = Try("descriptors");
  EXPECT_THAT(result, HasSubstr(" EMFILE"));
  EXPECT_LT(std::stoi(result), 100);
  EXPECT_GT(std::stoi(result), 50);
}

TEST_F(ConfinementTest, WritesNoCoreFileWhereItMayNot) {
  v1::ResourceLimit* limit = confinement().add_resource_limits();
  limit->set_resource(RLIMIT_CORE);
  limit->set_value(0);
  EXPECT_EQ(Status("Seccomp"), "0");  // it runs
  server_.StartRun(++channel_, "tries.core");
  const std::optional<ExitStatus> exit = worker_->Wait();
  ASSERT_TRUE(exit.has_value());
  EXPECT_NE(*exit, ExitStatus{});
  EXPECT_TRUE(std::filesystem::is_empty(dir_.path()));
}

TEST_F(ConfinementTest, RefusesALimitAboveItsParents) {
  rlimit files = {};
  getrlimit(RLIMIT_NOFILE, &files);
  v1::ResourceLimit* limit = confinement().add_resource_limits();
  limit->set_resource(RLIMIT_NOFILE);
  limit->set_value(uint64_t{1} << 40);  // beyond what the kernel lets anybody have
  ExpectNotConfined("lower it in `resource_limits`");
}

TEST_F(ConfinementTest, RefusesAnythingLessThanItNeedsItself) {
  v1::ResourceLimit* limit = confinement().add_resource_limits();
  limit->set_resource(RLIMIT_NOFILE);
  limit->set_value(10);
  ExpectNotConfined("raise `open_files`");
}

TEST_F(ConfinementTest, BecomesTheUserForGood) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can become another user";
  BecomeNobody();
  EXPECT_EQ(Status("Uid"), "65534\t65534\t65534\t65534");
  EXPECT_EQ(Status("Gid"), "65534\t65534\t65534\t65534");
  EXPECT_EQ(std::string(absl::StripTrailingAsciiWhitespace(Status("Groups"))), "12345");
  for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"}) {
    EXPECT_EQ(Status(set), "0000000000000000") << set;
  }
  EXPECT_EQ(Try("call", "setuid-root"), "EPERM");
  EXPECT_EQ(Try("open", "r /etc/shadow"), "EACCES");
}

TEST_F(ConfinementTest, WorksAsAnotherUserToTheEnd) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can become another user";
  BecomeNobody();
  EXPECT_EQ(Try("open", "r /etc/passwd"), "OK");
  server_.Shutdown();
  EXPECT_EQ(worker_->Wait(), ExitStatus{});
}

TEST_F(ConfinementTest, KeepsTheCapabilitiesThatItIsToKeep) {
  if (geteuid() != 0) GTEST_SKIP() << "only root has capabilities";
  BecomeNobody();
  confinement().add_keep_capabilities(CAP_NET_BIND_SERVICE);
  for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"}) {
    EXPECT_EQ(Status(set), "0000000000000400") << set;
  }
}

TEST_F(ConfinementTest, DropsRootsCapabilitiesWithoutAChangeOfTheUser) {
  if (geteuid() != 0) GTEST_SKIP() << "only root has capabilities";
  confinement().set_drop_capabilities(true);
  EXPECT_EQ(Status("CapEff"), "0000000000000000");
  EXPECT_EQ(Status("CapBnd"), "0000000000000000");
  EXPECT_EQ(Status("Uid"), "0\t0\t0\t0");
}

TEST_F(ConfinementTest, RefusesACapabilityThatNobodyKnows) {
  confinement().set_drop_capabilities(true);
  confinement().add_keep_capabilities(63);
  ExpectNotConfined("this kernel has no capability 63");
}

TEST_F(ConfinementTest, SaysThatOnlyRootCanBecomeAnother) {
  if (geteuid() == 0) GTEST_SKIP() << "root can";
  BecomeNobody();
  ExpectNotConfined("needs a server that runs as root");
}

TEST_F(ConfinementTest, LandlockKeepsItToItsPaths) {
  if (!HasLandlock()) GTEST_SKIP() << "this kernel has no Landlock";
  support::TempDir readable;
  support::TempDir writable;
  support::WriteFile(readable.File("a"), "text");
  support::WriteFile(dir_.File("outside"), "text");
  confinement().add_read_paths(readable.path());
  confinement().add_write_paths(writable.path());
  EXPECT_EQ(Try("open", "r " + readable.File("a")), "OK");
  EXPECT_EQ(Try("open", "w " + readable.File("a")), "EACCES");
  EXPECT_EQ(Try("open", "w " + writable.File("new")), "OK");
  EXPECT_EQ(Try("open", "r " + writable.File("new")), "OK");
  EXPECT_EQ(Try("open", "r " + dir_.File("outside")), "EACCES");
  EXPECT_EQ(Try("open", "r /etc/passwd"), "EACCES");
  EXPECT_EQ(Try("open", "w /dev/null"), "OK");
  server_.Shutdown();
  EXPECT_EQ(worker_->Wait(), ExitStatus{});
}

TEST_F(ConfinementTest, SaysWhichPathIsMissing) {
  if (!HasLandlock()) GTEST_SKIP() << "this kernel has no Landlock";
  confinement().add_read_paths("/nowhere/at/all");
  ExpectNotConfined("cannot allow the path `/nowhere/at/all`");
}

TEST_F(ConfinementTest, AllOfItTogether) {
  if (!HasLandlock() || geteuid() != 0) GTEST_SKIP() << "needs root and Landlock";
  BecomeNobody();
  confinement().set_seccomp(true);
  confinement().add_read_paths("/etc");
  EXPECT_EQ(Try("open", "r /etc/passwd"), "OK");
  EXPECT_EQ(Try("open", "r /usr/bin/env"), "EACCES");
  EXPECT_EQ(Try("call", "mount"), "EPERM");
  EXPECT_EQ(Status("Seccomp"), "2");
  server_.Stop();
  EXPECT_EQ(worker_->Wait(), (ExitStatus{.status = kWorkerExitLostServer}));
}

TEST_F(ConfinementTest, MessagesMayStillBeLarge) {
  // Of more than the kernel holds of a socket, many times over.
  Start();
  server_.WaitReady();
  server_.StartRun(1, "tries.call", std::string(5 << 20, 'x'));
  EXPECT_LT(server_.WaitStarted(1).hresult(), 0) << "no such call";
  EXPECT_TRUE(server_.PingPong());
}

TEST_F(ConfinementTest, SaysThatItCannotJoinItsCgroup) {
  confinement().set_cgroup_descriptor(200);
  ExpectNotConfined("cannot join the worker's cgroup");
}

}  // namespace
}  // namespace rsca::worker
