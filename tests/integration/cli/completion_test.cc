// Completion, as a shell asks for it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/integration/cli/cli.h"

namespace rsca::support {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;

// What bash would offer at the end of `line`, one word a line.
std::string CompleteInBash(const RscadProcess& server, const std::string& line) {
  return Bash(server, absl::StrCat("compopt() { :; }; source <(rsca completion bash); COMP_LINE='",
                                   line, "'; COMP_POINT=${#COMP_LINE}; _rsca; ",
                                   "printf '%s\\n' \"${COMPREPLY[@]}\""))
      .out;
}

TEST(CliCompletion, KnowsTheFunctionsOfTheServer) {
  RscadProcess server(Config().Pool("default", {"counter", "echo"}));
  const CliRun run = Rsca(server, {"__complete", "register", ""});
  EXPECT_EQ(run.exit, ExitStatus{});
  EXPECT_THAT(run.out, ContainsRegex("^counter\tA function.*\necho\t.*\necho\\.failing\t"));
  EXPECT_THAT(Rsca(server, {"__complete", "run", "echo.f"}).out,
              ContainsRegex("^echo\\.failing\t[^\n]*\n$"));
}

TEST(CliCompletion, KnowsTheArgumentsOfAFunction) {
  RscadProcess server(Config().Pool("default", {"counter"}));
  const CliRun run = Rsca(server, {"__complete", "register", "counter", "in"});
  EXPECT_THAT(run.out, ContainsRegex("^interval_ms=\tinteger.*: Pause between results\\.\n"));
  EXPECT_THAT(run.out, HasSubstr("inside_register="));
}

TEST(CliCompletion, KnowsTheRegistrations) {
  RscadProcess server(Config().Pool("default", {Plain()}));
  const auto rsca = StartRsca(server, {"register", "plain.ticks"});
  const std::string name = RegistrationOf(*rsca);
  EXPECT_EQ(Rsca(server, {"__complete", "attach", "reg"}).out, name + "\tplain.ticks\n");
  EXPECT_EQ(Rsca(server, {"__complete", "unregister", "plain"}).out, "plain.ticks\tall of them\n");
}

TEST(CliCompletion, IsSilentWithoutAServer) {
  RscadProcess server(Config().Pool("default", {"counter"}));
  const CliRun run =
      Rsca(server, {"__complete", "--server", "unix:/nowhere/s.sock", "register", ""});
  EXPECT_EQ(run.exit, ExitStatus{});
  EXPECT_EQ(run.out, "");
  EXPECT_EQ(run.err, "");
}

TEST(CliCompletion, WorksInBash) {
  RscadProcess server(Config().Pool("default", {"counter"}));
  EXPECT_EQ(CompleteInBash(server, "rsca regis"), "register\nregistrations\n");
  EXPECT_EQ(CompleteInBash(server, "rsca register c"), "counter\n");
  EXPECT_EQ(CompleteInBash(server, "rsca register counter co"), "count=\n");
  EXPECT_EQ(CompleteInBash(server, "rsca register counter count=1 si"), "size=\n");
  // Bash replaces what stands after the `=`.
  EXPECT_EQ(CompleteInBash(server, "rsca register counter inside_register="), "true\nfalse\n");
  EXPECT_EQ(CompleteInBash(server, "rsca actions -o "), "table\njson\njsonl\nraw\n");
}

}  // namespace
}  // namespace rsca::support
