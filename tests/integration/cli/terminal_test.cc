// What a terminal is shown.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "absl/strings/str_split.h"
#include "tests/integration/cli/cli.h"

namespace rsca::support {
namespace {

using testing::HasSubstr;
using testing::Not;

// A terminal of 60 columns.
class PseudoTerminal {
 public:
  PseudoTerminal() : master_(posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK)) {
    EXPECT_EQ(grantpt(master_), 0);
    EXPECT_EQ(unlockpt(master_), 0);
    std::array<char, 128> name{};
    EXPECT_EQ(ptsname_r(master_, name.data(), name.size()), 0);
    path_ = name.data();
    // What was written is kept for as long as somebody has the other end open.
    slave_ = open(path_.c_str(), O_RDWR | O_NOCTTY);
    const winsize size{.ws_row = 25, .ws_col = 60, .ws_xpixel = 0, .ws_ypixel = 0};
    EXPECT_EQ(ioctl(slave_, TIOCSWINSZ, &size), 0);
  }
  ~PseudoTerminal() {
    close(slave_);
    close(master_);
  }

  const std::string& path() const { return path_; }

  // What has been shown so far.
  const std::string& Shown() {
    std::array<char, 4096> buffer;
    for (ssize_t count = 0; (count = read(master_, buffer.data(), buffer.size())) > 0;) {
      shown_.append(buffer.data(), static_cast<size_t>(count));
    }
    return shown_;
  }

 private:
  int master_;
  int slave_ = -1;
  std::string path_;
  std::string shown_;
};

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
