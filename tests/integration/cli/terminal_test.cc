// What a terminal is shown.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_split.h"
#include "tests/integration/cli/cli.h"
#include "tests/integration/cli/pseudo_terminal.h"

namespace rsca::support {
namespace {

using testing::HasSubstr;
using testing::Not;

// What `rsca` with these words shows on a terminal.
std::string OnTerminal(const RscadProcess& server, std::vector<std::string> words,
                       std::map<std::string, std::string> environment) {
  PseudoTerminal terminal;
  ChildOptions options;
  options.output_file = terminal.path();
  options.error_file = terminal.path();
  options.environment = std::move(environment);
  options.environment.emplace("TERM", "xterm");
  const auto rsca = StartRsca(server, std::move(words), options);
  EXPECT_TRUE(Eventually([&] {
    terminal.Shown();
    return rsca->Wait(std::chrono::milliseconds(0)).has_value();
  }));
  return terminal.Shown();
}

TEST(CliTerminal, HasColoursUnlessNoColorIsSet) {
  RscadProcess server(Config().Pool("default", {"counter"}));
  EXPECT_THAT(OnTerminal(server, {"actions"}, {{"NO_COLOR", ""}}), HasSubstr("\x1b[1mFUNCTION"));
  EXPECT_THAT(OnTerminal(server, {"actions"}, {{"NO_COLOR", "1"}}), Not(HasSubstr("\x1b")));
  EXPECT_THAT(OnTerminal(server, {"actions"}, {{"TERM", "dumb"}}), Not(HasSubstr("\x1b")));
  EXPECT_THAT(Rsca(server, {"actions"}).out, Not(HasSubstr("\x1b")));
}

TEST(CliTerminal, HasTablesThatFit) {
  RscadProcess server(Config().Pool("default", {BuiltIn("process")}));
  const std::string shown = OnTerminal(server, {"describe", "process.exec"}, {{"NO_COLOR", "1"}});
  const size_t begin = shown.find("ARGUMENT");
  ASSERT_NE(begin, std::string::npos) << shown;
  const std::string table = shown.substr(begin, shown.find("\r\n\r\n", begin) - begin);
  EXPECT_THAT(table, HasSubstr("…"));
  const std::vector<std::string> lines = absl::StrSplit(table, "\r\n");
  for (const std::string& line : lines) EXPECT_LE(line.size(), 60U + 4 * 2) << line;
}

TEST(CliTerminal, IsNotSteeredByPlugins) {
  RscadProcess server(Config().Pool("default", {"echo"}));
  const std::string evil = "safe\x1b]0;evil\x07\n\tnext";
  EXPECT_EQ(OnTerminal(server, {"run", "echo", evil}, {}), "safe\\x1b]0;evil\\x07\r\n\tnext\r\n");
  EXPECT_EQ(Rsca(server, {"run", "echo", evil}).out, evil + "\n");
  EXPECT_THAT(OnTerminal(server, {"run", "\x1b[2Jecho"}, {{"NO_COLOR", "1"}}),
              Not(HasSubstr("\x1b")));
}

TEST(CliTerminal, IsNotSteeredByStreams) {
  RscadProcess server(Config().Pool("default", {BuiltIn("file")}));
  const std::string path = server.dir().File("log");
  WriteFile(path, "\x1b[31mred\x1b[0m\n");
  const std::vector<std::string> words = {"register", "file.tail", "path=" + path, "follow=false"};
  EXPECT_THAT(OnTerminal(server, words, {}), HasSubstr("\\x1b[31mred\\x1b[0m\r\n"));
  EXPECT_EQ(Rsca(server, words).out, "\x1b[31mred\x1b[0m\n");
}

}  // namespace
}  // namespace rsca::support
