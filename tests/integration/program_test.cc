// rscad as a program: its command line, what it refuses to start with, and its sockets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "tests/support/child_process.h"
#include "tests/support/health.h"
#include "tests/support/rscad_process.h"

namespace rsca::support {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

constexpr ExitStatus kFailed{.status = 1};
constexpr ExitStatus kWrongUsage{.status = 2};

struct Outcome {
  std::optional<ExitStatus> exit;
  std::string output;
  std::string error;
};

// rscad with these arguments, run to its end.
Outcome RunRscad(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), RscadPath());
  ChildProcess rscad(std::move(arguments));
  const std::optional<ExitStatus> exit = rscad.Wait();
  return {exit, rscad.Output(), rscad.Error()};
}

// The HOST:PORT of the first TCP listener that the log names; empty if there is none.
std::string TcpAddress(const std::string& log) {
  for (const absl::string_view line : absl::StrSplit(log, '\n')) {
    const size_t at = line.find("serving address=127.0.0.1:");
    if (at != absl::string_view::npos) return std::string(line.substr(line.find('=', at) + 1));
  }
  return "";
}

TEST(Program, HelpAndVersionSucceed) {
  const Outcome help = RunRscad({"--help"});
  EXPECT_EQ(help.exit, ExitStatus{});
  EXPECT_THAT(help.output, AllOf(HasSubstr("Examples:"), HasSubstr("--check-config")));
  const Outcome version = RunRscad({"--version"});
  EXPECT_EQ(version.exit, ExitStatus{});
  EXPECT_THAT(version.output, StartsWith("rscad "));
}

TEST(Program, WrongUsageIsTold) {
  EXPECT_EQ(RunRscad({"--nonsense"}).exit, kWrongUsage);
  EXPECT_EQ(RunRscad({"operand"}).exit, kWrongUsage);
  const Outcome missing = RunRscad({"--config", "/nowhere/rscad.yaml"});
  EXPECT_EQ(missing.exit, kWrongUsage);
  EXPECT_THAT(missing.error, HasSubstr("/nowhere/rscad.yaml"));
}

TEST(Program, CheckConfigNamesFileLineAndField) {
  TempDir dir;
  WriteFile(dir.File("bad.yaml"), "limits:\n  argument_bytes: 5\n");
  const Outcome bad = RunRscad({"--check-config", dir.File("bad.yaml")});
  EXPECT_EQ(bad.exit, kWrongUsage);
  EXPECT_EQ(bad.error, dir.File("bad.yaml") +
                           ":2:3: limits.argument_bytes: is not known; did you " +
                           "mean `arguments_bytes`?\n");
  WriteFile(dir.File("good.yaml"), "limits:\n  arguments_bytes: 5\n");
  const Outcome good = RunRscad({"--config", dir.File("good.yaml"), "--check-config"});
  EXPECT_EQ(good.exit, ExitStatus{}) << good.error;
  EXPECT_THAT(good.output, HasSubstr("the configuration is right"));
}

TEST(Program, PrintConfigIsAFileToStartFrom) {
  const Outcome printed = RunRscad({"--print-config"});
  ASSERT_EQ(printed.exit, ExitStatus{}) << printed.error;
  TempDir dir;
  WriteFile(dir.File("rscad.yaml"), printed.output);
  EXPECT_EQ(RunRscad({"--config", dir.File("rscad.yaml"), "--print-config"}).output,
            printed.output);
}

TEST(Program, ASecondServerOnTheSameSocketIsRefusedAndDoesNoHarm) {
  const RscadProcess first;
  const std::string config = first.dir().File("rscad.yaml");
  const Outcome second = RunRscad({"--config", config});
  EXPECT_EQ(second.exit, kFailed);
  EXPECT_THAT(second.error, HasSubstr("is in use by process"));
  WriteFile(first.dir().File("other.yaml"),
            ReadFile(config) + "\njournal:\n  directory: other-journal\n");
  const Outcome third = RunRscad({"--config", first.dir().File("other.yaml")});
  EXPECT_EQ(third.exit, kFailed);
  EXPECT_THAT(third.error, HasSubstr("another rscad is serving on"));
  EXPECT_EQ(Health(first.NewChannel()), "SERVING");
}

TEST(Program, TheSocketOfAKilledServerIsTakenOver) {
  RscadProcess first;
  first.Kill();
  ASSERT_TRUE(first.Wait().has_value());
  ASSERT_TRUE(std::filesystem::exists(first.dir().File("rscad.sock")));
  ChildProcess second({RscadPath(), "--config", first.dir().File("rscad.yaml")});
  EXPECT_TRUE(Eventually([&] { return Health(first.NewChannel()) == "SERVING"; }));
  second.Signal(SIGTERM);
  EXPECT_EQ(second.Wait(), ExitStatus{}) << second.Error();
  EXPECT_FALSE(std::filesystem::exists(first.dir().File("rscad.sock")));
}

TEST(Program, ASocketDirectoryOpenToOthersIsRefused) {
  TempDir dir;
  chmod(dir.path().c_str(), 0755);
  WriteFile(dir.File("rscad.yaml"), absl::StrCat("runtime_dir: ", dir.path(), "\n"));
  const Outcome outcome = RunRscad({"--config", dir.File("rscad.yaml")});
  EXPECT_EQ(outcome.exit, kFailed);
  EXPECT_THAT(outcome.error, HasSubstr("chmod 700 " + dir.path()));
}

TEST(Program, PlainTextServesOnLoopbackAndTheLogNamesThePort) {
  const RscadProcess server(Config().Listen("127.0.0.1:0", {{"insecure", "true"}}));
  ASSERT_TRUE(server.WaitForLog("serving address=127.0.0.1:"));
  const std::string address = TcpAddress(server.Log());
  const auto channel = grpc::CreateChannel(address, grpc::InsecureChannelCredentials());
  EXPECT_TRUE(Eventually([&] { return Health(channel) == "SERVING"; })) << address;
}

TEST(Program, APortInUseIsTold) {
  const RscadProcess first(Config().Listen("127.0.0.1:0", {{"insecure", "true"}}));
  ASSERT_TRUE(first.WaitForLog("serving address=127.0.0.1:"));
  const std::string address = TcpAddress(first.Log());
  TempDir dir;
  WriteFile(dir.File("rscad.yaml"),
            absl::StrCat("runtime_dir: ", dir.path(), "\nlisteners:\n- address: ", address,
                         "\n  insecure: true\n"));
  const Outcome second = RunRscad({"--config", dir.File("rscad.yaml")});
  EXPECT_EQ(second.exit, kFailed);
  EXPECT_THAT(second.error, HasSubstr(address));
}

TEST(Program, HangingUpTheTerminalDrainsToo) {
  RscadProcess server;
  server.Signal(SIGHUP);
  EXPECT_EQ(server.Wait(), ExitStatus{});
  EXPECT_THAT(server.Log(), AllOf(HasSubstr("draining"), HasSubstr("stopped")));
}

}  // namespace
}  // namespace rsca::support
